import Bookings
import BookingsHTTP

/// Sends one `ping` to a webhook, for its owner's test. It is no delivery: it has no retry and no attempt in the store.
package struct PingWebhook: Sendable {
    private let identifiers: any IdentifierSource
    private let clock: any WallClock
    private let rules: WebhookAddressRules
    private let resolve: HostResolver.Resolve

    /// Creates the use case.
    package init(
        identifiers: any IdentifierSource, clock: any WallClock, rules: WebhookAddressRules,
        resolve: @escaping HostResolver.Resolve
    ) {
        self.identifiers = identifiers
        self.clock = clock
        self.rules = rules
        self.resolve = resolve
    }

    /// Returns the receiver's answer.
    package func callAsFunction(_ webhook: WebhookEndpoint, secrets: [[UInt8]]) async -> WebhookPing {
        guard !secrets.isEmpty else {
            return WebhookPing(status: nil, error: EndpointClient.secretLost, latency: .zero)
        }
        let now = clock.now()
        let id = EventID.version7(at: now, randomness: identifiers.bits(for: .secret, key: "ping/\(webhook.id)"))
        let client = EndpointClient(url: webhook.url, rules: rules, resolve: resolve, clock: clock)
        let result = await client.send(.ping(to: webhook.id, id: id, at: now), secrets: secrets)
        await client.close()
        return WebhookPing(status: result.status, error: result.error, latency: result.latency)
    }
}
