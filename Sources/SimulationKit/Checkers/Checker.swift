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
    private let judge: @Sendable (History) -> Findings

    /// The number of violations of one checker that are reported; more of a kind add nothing.
    private static let maximumViolations = 100

    init(
        _ name: String, _ summary: String, acceptsAbortedRuns: Bool = false,
        findAnomalies: @escaping @Sendable (History) -> [Anomaly]
    ) {
        self.init(name, summary, acceptsAbortedRuns: acceptsAbortedRuns) { Findings(anomalies: findAnomalies($0)) }
    }

    /// Creates a checker that may come to no result.
    init(
        _ name: String, _ summary: String, acceptsAbortedRuns: Bool = false,
        judge: @escaping @Sendable (History) -> Findings
    ) {
        self.name = name
        self.summary = summary
        self.acceptsAbortedRuns = acceptsAbortedRuns
        self.judge = judge
    }

    /// Returns the violations of the invariant in `history`, 100 at most, and what could not be decided.
    func check(_ history: History) -> Judgement {
        let findings = judge(history)
        return Judgement(
            violations: findings.anomalies.prefix(Self.maximumViolations).map { Violation(invariant: name, $0) },
            undecided: findings.undecided.map { "\(name): \($0)" })
    }

    /// Returns the violations of the invariant in `history`, 100 at most.
    func check(_ history: History) -> [Violation] { check(history).violations }
}

/// What a checker finds in a history.
struct Findings {
    var anomalies: [Anomaly] = []
    /// What it gave up to decide, in words. It counts neither as right nor as wrong.
    var undecided: [String] = []
}

/// What all checkers found in a history.
package struct Judgement: Sendable {
    /// The violated invariants.
    package var violations: [Violation] = []
    /// What no checker could decide within its bound, each with the name of the invariant.
    package var undecided: [String] = []
}

/// The registry of all checkers. A new one is a file with its value and a line here.
package enum Checkers {
    /// All checkers, in the order of reports.
    package static let all: [Checker] = [
        .reminderEarly, .reminderLate, .reminderOnce, .reminderStale, .reminderLedger,
        .eventCausal, .eventGapless,
        .webhookGapless, .webhookOrdered, .webhookOnce, .webhookSealed, .webhookSigned,
        .pageWalk, .pageComplete, .partition, .etag,
        .contract, .linearizable, .idempotent, .noDoubleBooking, .durable,
        .cacheFresh, .tenantSealed, .auth, .keys,
        .rateLimit, .healthTrue, .metricsTrue, .served, .asExpected, .converge, .drain,
    ]

    /// Returns what all checkers find in `history`.
    package static func judge(_ history: History) -> Judgement {
        all.filter { $0.acceptsAbortedRuns || !history.wasAborted }.reduce(into: Judgement()) { sum, checker in
            let found: Judgement = checker.check(history)
            sum.violations += found.violations
            sum.undecided += found.undecided
        }
    }

    /// Returns the violations of all invariants in `history`.
    package static func check(_ history: History) -> [Violation] { judge(history).violations }
}
