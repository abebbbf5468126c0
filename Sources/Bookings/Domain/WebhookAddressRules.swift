/// Which URLs and addresses webhooks may have, so that nobody reaches the operator's own network through the service
/// (server-side request forgery, OWASP API7:2023).
package struct WebhookAddressRules: Sendable {
    /// The ranges that no webhook may reach, unless they are allowed: those of the registries of special-purpose addresses
    /// (RFC 6890) that are not globally reachable, multicast, and the addresses of cloud metadata services among them.
    private static let refused = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4", "::/128", "::1/128", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20",
        "5f00::/16", "64:ff9b:1::/48", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    ].compactMap { AddressRange($0) }

    /// Whether every address is allowed, and `http` too: outside production.
    private let isOpen: Bool
    /// The ranges of `WEBHOOK_ALLOWED_NETWORKS`.
    private let allowed: [AddressRange]

    /// Creates the rules of a deployment.
    ///
    /// - Parameters:
    ///   - isProduction: Whether only `https` and public addresses are allowed.
    ///   - allowed: Ranges that are allowed besides.
    package init(isProduction: Bool, allowed: [AddressRange] = []) {
        isOpen = !isProduction
        self.allowed = allowed
    }

    /// Returns whether URLs of this scheme may be used.
    package func allowsScheme(of url: WebhookURL) -> Bool { url.isSecure || isOpen }

    /// Returns whether connections to this address may be made.
    package func allows(_ address: IPAddress) -> Bool {
        isOpen || allowed.contains { $0.contains(address) } || !Self.refused.contains { $0.contains(address) }
    }
}
