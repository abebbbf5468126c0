/// What an owner does with a webhook of the run.
package enum WebhookRequest: Codable, Hashable, Sendable {
    /// Adds it, with a receiver. An admin's has the events of all providers.
    case add(receiver: ReceiverKind, isOrdered: Bool)
    case pause, resume
    case rotateSecret
    /// Repeats the deliveries of the last milliseconds.
    case replay(Int64)
    case delete
}
