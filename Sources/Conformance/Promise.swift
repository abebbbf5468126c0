import Bookings

/// A group of promises that a service makes together; each includes the ones before it.
package enum PromiseLevel: String, CaseIterable, Sendable {
    /// Create, get, lists, health, roles, `booking.created` and `booking.reminder`.
    case seed
    /// No double booking, nothing lost.
    case stores
    /// What REST clients rely on: ownership, pages, idempotency keys, entity tags, problems.
    case rest
    /// Events by Socket.IO and by REST.
    case realtime
    /// Reads after writes, and the timing of reminders.
    case guarantees
}

/// One statement about a service that can be observed from outside.
package struct Promise: Sendable {
    /// What a promise requires of a run.
    package enum Requirement: Sendable {
        /// The probe sends no request that changes anything.
        case reads
        /// The probe creates bookings.
        case writes
        /// The probe creates bookings of a provider that has no others.
        case isolated
        /// The probe waits for reminders, which takes as long as their lead.
        case waits
        /// The probe waits for days, so that only a clock that can be moved shows it.
        case movesClock

        /// Whether the clock has moved after it, for all who use the service.
        var takesTime: Bool { self == .waits || self == .movesClock }
    }

    /// The name for `--only` and reports: the level and a word.
    package let id: String
    package let level: PromiseLevel
    /// What the service promises, as one sentence.
    package let sentence: String
    let requirement: Requirement
    /// Returns when the promise held; throws a `ProbeEnd` otherwise.
    let probe: @Sendable (Probe) async throws -> Void

    init(
        _ level: PromiseLevel, _ name: String, _ sentence: String, _ requirement: Requirement = .writes,
        probe: @escaping @Sendable (Probe) async throws -> Void
    ) {
        id = "\(level.rawValue).\(name)"
        self.level = level
        self.sentence = sentence
        self.requirement = requirement
        self.probe = probe
    }
}

/// Why a probe ended before its end.
enum ProbeEnd: Error {
    /// The service contradicted the promise, as these exchanges show.
    case broken(String, [Exchange])
    /// The promise cannot be judged in this run.
    case notTestable(String)
}

/// What became of a promise.
package enum PromiseOutcome: Equatable, Sendable {
    case held
    /// The reason, and the requests and responses that show it, a line each.
    case broken(reason: String, story: [String])
    case notTestable(reason: String)

    /// The word for it in reports.
    package var name: String {
        switch self {
        case .held: "held"
        case .broken: "broken"
        case .notTestable: "not testable here"
        }
    }
}

/// A promise and its outcome.
package struct PromiseResult: Sendable {
    package let promise: Promise
    package let outcome: PromiseOutcome
}
