import Logging
import Synchronization

/// Audits the stored data again and again, at a pace that leaves the machine to the requests.
package final class AuditLoop: Sendable {
    private struct State {
        var place = AuditData.Place.beginning
        /// The number of bookings that the round has checked.
        var bookings = 0
        /// What was logged, so that a violation that stays is logged once.
        var logged: Set<AuditViolation> = []
    }

    /// How many violations are remembered as logged; beyond, they are counted only.
    private static let maximumLogged = 1000

    private let audit: AuditData
    private let pace: AuditPace
    private let clock: any WallClock
    private let metrics: ServiceMetrics
    private let logger: Logger
    private let state = Mutex(State())

    package init(
        audit: AuditData, pace: AuditPace, clock: any WallClock, metrics: ServiceMetrics, logger: Logger
    ) {
        self.audit = audit
        self.pace = pace
        self.clock = clock
        self.metrics = metrics
        self.logger = logger
    }

    /// Does one step, and returns when the next one is due.
    package func runOnce() async throws(StoreError) -> NextRun {
        let begin = clock.elapsed()
        let step = try await audit.step(from: state.withLock(\.place))
        let position = state.withLock { state in
            state.bookings += step.bookings
            defer { if step.next == nil { state.bookings = 0 } }
            state.place = step.next ?? .beginning
            return state.bookings
        }
        for violation in step.violations { report(violation) }
        metrics.setAuditPosition(position)
        if step.next == nil { metrics.auditRoundEnded() }
        return .after(pace.pause(after: clock.elapsed() - begin, endsRound: step.next == nil))
    }

    private func report(_ violation: AuditViolation) {
        metrics.auditViolation(violation.invariant)
        let isNew = state.withLock { state in
            state.logged.count < Self.maximumLogged && state.logged.insert(violation).inserted
        }
        guard isNew else { return }
        logger.error(
            "The audit found data that breaks an invariant.",
            metadata: [
                "invariant": "\(violation.invariant.rawValue)",
                "bookings": "\(violation.bookings.map(\.description).joined(separator: " "))",
                "detail": "\(violation.detail)",
            ])
    }
}
