/// What a checker finds in what has happened on a served cluster.
package struct ServedVerdict: Sendable {
    package enum Outcome: String, Sendable {
        case held
        case violated
        /// The checker gave up within its bound.
        case undecided
        /// What it reads is not recorded.
        case notJudged = "not-judged"
    }

    let checker: Checker
    package let violations: [Violation]
    let undecided: [String]
    /// What the checker could not see, or why it cannot judge at all; `nil` when it saw everything that it reads.
    package let limit: String?
    private let isJudged: Bool

    /// The name of the invariant.
    package var invariant: String { checker.name }

    package var outcome: Outcome {
        if !isJudged { return .notJudged }
        if !violations.isEmpty { return .violated }
        return undecided.isEmpty ? .held : .undecided
    }

    /// Judges what was recorded.
    ///
    /// - Parameter hindrance: Why the checker cannot judge now; `nil` when it can.
    init(of checker: Checker, on history: History, hindrance: String? = nil) {
        self.checker = checker
        let view = ServedView.of(checker.name)
        isJudged = view.isSufficient && hindrance == nil
        limit = hindrance ?? view.limit
        let judgement: Judgement = isJudged ? checker.check(history) : Judgement()
        violations = judgement.violations
        undecided = judgement.undecided
    }
}

/// How much of what a checker reads is recorded on a served cluster: the log of events, the ledger of reminders and the
/// bookings, but neither the requests of its clients nor what they receive.
struct ServedView {
    let isSufficient: Bool
    let limit: String?

    /// Returns the view of the checker with this name.
    static func of(_ name: String) -> ServedView { views[name] ?? none(ofRequests) }

    private static func all(but limit: String? = nil) -> ServedView { ServedView(isSufficient: true, limit: limit) }
    private static func none(_ reason: String) -> ServedView { ServedView(isSufficient: false, limit: reason) }

    private static let ofRequests = "it reads the clients' requests and their answers, which are not recorded"
    private static let ofReceivers = "it reads what the receivers of webhooks get, which is not recorded"
    private static let ofFrames = "the log is judged as it grows; what clients receive is not recorded"

    private static let views: [String: ServedView] = [
        Checker.reminderEarly.name: all(but: ofFrames),
        Checker.reminderLate.name: all(but: "\(ofFrames); only the newest version of a booking is judged"),
        Checker.reminderOnce.name: all(but: ofFrames),
        Checker.reminderStale.name: all(),
        Checker.reminderLedger.name: all(but: ofFrames),
        Checker.eventCausal.name: all(but: ofFrames),
        Checker.noDoubleBooking.name: all(but: "the bookings as they are now are judged; refusals are not recorded"),
        Checker.converge.name: all(),
        Checker.eventGapless.name: none("it reads what each listener receives, which is not recorded"),
        Checker.webhookGapless.name: none(ofReceivers),
        Checker.webhookOrdered.name: none(ofReceivers),
        Checker.webhookOnce.name: none(ofReceivers),
        Checker.webhookSealed.name: none(ofReceivers),
        Checker.webhookSigned.name: none(ofReceivers),
        Checker.keys.name: none("it reads which keys were presented, which is not recorded"),
        Checker.asExpected.name: none("it reads the expectations of a scenario file"),
        Checker.drain.name: none("it reads the requests that were open at a shutdown, which are not recorded"),
    ]
}
