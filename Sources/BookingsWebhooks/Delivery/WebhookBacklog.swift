import Bookings

/// What is left to deliver to a webhook.
package struct WebhookBacklog: Hashable, Sendable {
    /// The state of the webhook.
    package let state: WebhookState
    /// The instant of the oldest undelivered event; `nil` when all were delivered.
    package let oldest: Timestamp?

    /// Creates the value from its members.
    package init(state: WebhookState, oldest: Timestamp?) {
        self.state = state
        self.oldest = oldest
    }
}

extension Sequence where Element == WebhookBacklog {
    /// Returns the age of the oldest undelivered event for each state that has one.
    package func lags(at now: Timestamp) -> [WebhookState: Duration] {
        reduce(into: [:]) { lags, backlog in
            guard let oldest = backlog.oldest else { return }
            lags[backlog.state] = Swift.max(lags[backlog.state] ?? .zero, oldest.duration(to: now))
        }
    }
}
