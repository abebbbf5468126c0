import FoundationEssentials

/// The address of a service, or of one of its replicas.
package struct Address: Codable, Hashable, Sendable {
    package var host = "127.0.0.1"
    package let port: Int
    /// Whether it is reached by TLS.
    package var isSecure = false

    init(host: String = "127.0.0.1", port: Int) {
        self.host = host
        self.port = port
    }

    /// Parses `http://HOST[:PORT]` or `https://HOST[:PORT]`; `nil` for anything else, and for a URL with a path.
    package init?(url: String) {
        let trimmed = url.hasSuffix("/") ? String(url.dropLast()) : url
        guard let parts = URL(string: trimmed), let scheme = parts.scheme, ["http", "https"].contains(scheme),
            let host = parts.host(percentEncoded: false), !host.isEmpty, parts.path().isEmpty, parts.query == nil
        else { return nil }
        self.host = host
        isSecure = scheme == "https"
        port = parts.port ?? (isSecure ? 443 : 80)
    }

    /// Without a slash at its end.
    package var url: String { "\(isSecure ? "https" : "http")://\(authority)" }

    /// Host and port, as the `Host` header has them.
    package var authority: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }
}
