/// The URL of a webhook: `http` or `https`, a host, and a path with a query, in ASCII.
///
/// It is read strictly, so that the host that is checked is the host that is connected to: no user information, no
/// fragment, no escapes in the host.
package struct WebhookURL: Hashable, Sendable, CustomStringConvertible {
    /// The longest URL, in bytes.
    package static let maximumLength = 2048

    /// Whether the connection uses TLS.
    package let isSecure: Bool
    /// The host in lower case, without the brackets of an IPv6 address.
    package let host: String
    /// The port; `nil` for the scheme's own.
    package let port: Int?
    /// The path and the query, which begins with a slash.
    package let target: String

    /// Returns `nil` when the text has not the form of such a URL.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.maximumLength, text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            return nil
        }
        let lower = text.lowercasedASCII
        guard let scheme = ["https://", "http://"].first(where: { lower.hasPrefix($0) }) else { return nil }
        let rest = text.utf8.dropFirst(scheme.utf8.count)
        let authority = rest.prefix { !"/?#".utf8.contains($0) }
        let target = String(decoding: rest.dropFirst(authority.count), as: UTF8.self)
        guard !target.utf8.contains(where: { #"#"<>\^`{|}"#.utf8.contains($0) }),
            let (host, port) = Self.parse(authority: String(decoding: authority, as: UTF8.self).lowercasedASCII)
        else { return nil }
        isSecure = scheme == "https://"
        self.host = host
        self.port = port
        self.target = target.hasPrefix("/") ? target : "/" + target
    }

    private static func parse(authority: String) -> (host: String, port: Int?)? {
        let isIPv6 = authority.hasPrefix("[")
        let host = isIPv6 ? authority.dropFirst().prefix { $0 != "]" } : authority.prefix { $0 != ":" }
        var rest = authority.dropFirst(host.count + (isIPv6 ? 1 : 0))
        if isIPv6 {
            guard rest.first == "]" else { return nil }
            rest = rest.dropFirst()
        }
        let allowed = isIPv6 ? "0123456789abcdef:." : "abcdefghijklmnopqrstuvwxyz0123456789-._"
        guard (1...253).contains(host.utf8.count), host.utf8.allSatisfy({ allowed.utf8.contains($0) }) else {
            return nil
        }
        if rest.isEmpty { return (String(host), nil) }
        let digits = rest.dropFirst()
        guard rest.first == ":", (1...5).contains(digits.count), digits.allSatisfy({ ("0"..."9").contains($0) }),
            let port = Int(digits), (1...65_535).contains(port)
        else { return nil }
        return (String(host), port)
    }

    /// The host as it stands in a URL: an IPv6 address in brackets.
    package var authorityHost: String { host.contains(":") ? "[\(host)]" : host }

    /// The URL in its normal form.
    package var description: String {
        "\(isSecure ? "https" : "http")://\(authorityHost)\(port.map { ":\($0)" } ?? "")\(target)"
    }
}
