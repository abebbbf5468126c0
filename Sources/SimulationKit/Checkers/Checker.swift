/// An invariant of the service, and the pure function that finds its violations in a history.
///
/// A checker reads nothing but the history and must be sound under faults: it reports an anomaly only when no order of
/// the requests in flight, no lost answer and no active fault explains what was observed.
package struct Checker: Sendable {
    /// The name of the invariant, as reports and mutants use it.
    package let name: String
    /// The invariant in one sentence.
    package let summary: String
    /// Whether the checker can judge a run that was given up before its end.
    let acceptsAbortedRuns: Bool
    private let findAnomalies: @Sendable (History) -> [Anomaly]

    /// The number of violations of one checker that are reported; more of a kind add nothing.
    private static let maximumViolations = 100

    init(
        _ name: String, _ summary: String, acceptsAbortedRuns: Bool = false,
        findAnomalies: @escaping @Sendable (History) -> [Anomaly]
    ) {
        self.name = name
        self.summary = summary
        self.acceptsAbortedRuns = acceptsAbortedRuns
        self.findAnomalies = findAnomalies
    }

    /// Returns the violations of the invariant in `history`, 100 at most.
    func check(_ history: History) -> [Violation] {
        findAnomalies(history).prefix(Self.maximumViolations).map { Violation(invariant: name, $0) }
    }
}

/// The registry of all checkers. A new one is a file with its value and a line here.
package enum Checkers {
    /// All checkers, in the order of reports.
    package static let all: [Checker] = [
        .reminderEarly, .reminderLate, .reminderOnce, .reminderStale,
        .eventCausal, .eventGapless,
        .pageWalk, .partition,
        .contract, .idempotent, .noDoubleBooking, .durable,
        .cacheFresh, .tenantSealed, .auth,
        .served, .converge, .drain,
    ]

    /// Returns the violations of all invariants in `history`.
    package static func check(_ history: History) -> [Violation] {
        all.filter { $0.acceptsAbortedRuns || !history.wasAborted }.flatMap { $0.check(history) }
    }
}
