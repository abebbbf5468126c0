/// How a receiver of a webhook's deliveries behaves.
///
/// It decides by the seed, the event and the number of the attempt, so that a run does not depend on the order in which
/// deliveries arrive.
package enum ReceiverKind: String, Codable, CaseIterable, Sendable {
    /// Accepts every delivery at once.
    case fast
    /// Accepts every delivery after some seconds.
    case slow
    /// Answers a part of the attempts with 500, or with 503 and `Retry-After`.
    case failing
    /// Leaves a part of the attempts without an answer.
    case hanging
    /// Closes connections in every other stretch of two minutes.
    case flapping
    /// Answers some deliveries with 410 once, which pauses the webhook.
    case gone
    /// Redirects a part of the first attempts to a path that nothing may be sent to.
    case redirecting
}
