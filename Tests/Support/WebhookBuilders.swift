import Bookings

/// Returns a webhook that has been delivered nothing. The defaults are valid.
package func aWebhook(
    _ number: UInt64 = 1, provider: ProviderID? = aProvider, url: String = "https://example.org/hook",
    events: Set<EventName> = [], ordering: WebhookOrdering = .booking, from position: LogPosition = .start
) -> WebhookEndpoint {
    guard let url = WebhookURL(url) else { preconditionFailure("\(url) is no valid URL of a webhook.") }
    return WebhookEndpoint(
        id: WebhookID(high: 9, low: number), providerID: provider, ordering: ordering, createdAt: at(0), url: url,
        events: events, state: .active, secret: [0] + [UInt8](repeating: 7, count: 32),
        progress: WebhookProgress(from: position))
}
