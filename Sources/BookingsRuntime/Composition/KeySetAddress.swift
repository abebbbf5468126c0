import Bookings

/// The value of `JWT_JWKS_URL`: the URL of a key set, and the credentials that the URL may hold.
struct KeySetAddress: Hashable, Sendable {
    struct Credentials: Hashable, Sendable {
        let user: String
        let password: String
    }

    /// The accepted form, for error messages.
    static let form = "http[s]://[user:password@]host[:port][/path], user and password percent-encoded"

    /// The URL without user and password.
    let url: String
    let credentials: Credentials?

    /// Parses a URL. Returns `nil` when it has another form.
    init?(_ value: String) {
        guard value.utf8.allSatisfy({ (0x21...0x7e).contains($0) }),
            let scheme = ["http://", "https://"].first(where: { value.hasPrefix($0) })
        else { return nil }
        let rest = value.dropFirst(scheme.count)
        let authority = rest.prefix { !"/?#".contains($0) }
        let parts = authority.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count <= 2, let host = parts.last, Self.isHostWithPort(host) else { return nil }
        url = scheme + host + rest.dropFirst(authority.count)
        guard parts.count == 2 else {
            credentials = nil
            return
        }
        guard let parsed = Self.credentials(parts[0]) else { return nil }
        credentials = parsed
    }

    /// Parses `user[:password]`, both percent-encoded (RFC 3986, 3.2.1).
    private static func credentials(_ userInfo: Substring) -> Credentials? {
        let parts = userInfo.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let user = PercentEncoding.decode(parts[0]),
            let password = PercentEncoding.decode(parts.count > 1 ? parts[1] : "")
        else { return nil }
        return Credentials(user: user, password: password)
    }

    /// Whether the value is a name, an IPv4 address or an IPv6 address in brackets, with or without a port.
    private static func isHostWithPort(_ value: Substring) -> Bool {
        var host = value
        if let colon = value.lastIndex(of: ":"), !value.hasSuffix("]") {
            guard let port = Int(value[value.index(after: colon)...]), (1...65_535).contains(port) else { return false }
            host = value[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            return host.dropFirst().dropLast().allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
        }
        return !host.isEmpty && host.allSatisfy { $0.isLetter || $0.isNumber || "-._".contains($0) }
    }
}
