import Synchronization

/// The last change of a scope.
package struct ScopeVersion: Hashable, Sendable {
    /// A place in the log between two times that it went back.
    package struct Place: Hashable, Sendable, CustomStringConvertible {
        /// As `LogContinuity` has it.
        let era: String
        let position: LogPosition

        package var description: String { "\(era)/\(position.number)" }
    }

    /// Where it stands in the log.
    package let place: Place
    /// Up to here the log holds no later one.
    let complete: LogPosition
}

/// Finds out whether a scope has changed, at the least cost: while nothing is written at all, the log's head says so for
/// every scope, and all that ask at one moment share the reading of it.
final class ScopeVersionTracker: Sendable {
    private let log: any EventLog
    private let continuity: LogContinuity
    /// A head of the log that some caller has seen: those who know of an earlier one need not ask for it.
    private let seen = Atomic<Int64>(0)

    init(_ log: any EventLog, continuity: LogContinuity) {
        self.log = log
        self.continuity = continuity
    }

    /// As of an instant after the call. `earlier`: what was found before.
    func last(in scope: BookingScope, since earlier: ScopeVersion?) async throws(StoreError) -> ScopeVersion {
        let era = continuity.era
        let earlier = earlier?.place.era == era ? earlier : nil
        // Read before the place is looked up, so that this is complete up to it.
        var head = LogPosition(seen.load(ordering: .relaxed))
        if scope.everything || earlier.map({ $0.complete >= head }) ?? false {
            head = try await log.head()
            seen.store(head.number, ordering: .relaxed)
            if scope.everything { return ScopeVersion(place: .init(era: era, position: head), complete: head) }
            if let earlier, earlier.complete == head { return earlier }
        }
        return ScopeVersion(place: .init(era: era, position: try await log.lastChange(in: scope)), complete: head)
    }
}
