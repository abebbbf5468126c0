import Bookings

extension ReceiverKind {
    /// The path to which a receiver redirects.
    static let redirectTarget = "elsewhere"
    private static let stretch: Int64 = 120_000

    /// What a receiver does with an attempt.
    enum Reaction: Equatable {
        /// It answers, with `Retry-After` in seconds if it has one.
        case answer(Int, retryAfter: Int? = nil)
        /// It answers with 200 at the instant; `nil` for never.
        case hold(until: Timestamp?)
        /// It closes the connection.
        case close
    }

    /// Returns what the receiver does.
    ///
    /// - Parameters:
    ///   - random: A generator that depends on the seed, the receiver, the event and the number of the attempt.
    ///   - attempt: The number of the attempt of this event, from 1.
    func reaction(at now: Timestamp, attempt: Int, _ random: inout SeededGenerator) -> Reaction {
        let draw = Int.random(in: 0..<20, using: &random)
        switch self {
        case .fast: return .answer(200)
        case .slow: return .hold(until: now + .milliseconds(500 + 300 * Int64(draw)))
        case .failing where draw < 4: return draw == 0 ? .answer(503, retryAfter: 60) : .answer(500)
        case .hanging where draw < 4: return .hold(until: nil)
        case .flapping where now.milliseconds / Self.stretch % 2 == 1: return .close
        case .gone where draw < 3 && attempt == 1: return .answer(410)
        case .redirecting where draw < 5 && attempt == 1: return .answer(302)
        case .failing, .hanging, .flapping, .gone, .redirecting: return .answer(200)
        }
    }
}
