import Bookings

/// The address of a Redis and the credentials for it: `redis[s]://[user[:password]@]host[:port][/database]`.
///
/// `rediss` uses TLS and verifies the server's certificate by the system's certificate authorities, or by those in the
/// file that `?cacert=PATH` names.
package struct RedisTarget: Hashable, Sendable {
    /// A host name or an IP address, without brackets.
    package let host: String
    /// From 1 to 65535.
    package let port: Int
    /// Whether the scheme is `rediss`.
    package let usesTLS: Bool
    /// The path of a PEM file with certificate authorities; `nil` means those of the system.
    package let authorities: String?
    let user: String?
    let password: String?
    /// The number of the database; 0 is the default.
    let database: Int

    /// Parses a URL.
    ///
    /// - Throws: `RedisError.malformed` with the reason, which quotes no part of the URL that may be a secret.
    package init(url: String) throws(RedisError) {
        let scheme: Substring
        if url.hasPrefix("redis://") {
            (scheme, usesTLS) = ("redis://", false)
        } else if url.hasPrefix("rediss://") {
            (scheme, usesTLS) = ("rediss://", true)
        } else {
            throw .malformed("it must begin with redis:// or rediss://")
        }
        let (rest, query) = Self.split(url.dropFirst(scheme.count), at: "?")
        let (authority, path) = Self.split(rest, at: "/")
        let at = authority.lastIndex(of: "@")
        (host, port) = try Self.hostAndPort(at.map { authority[authority.index(after: $0)...] } ?? authority)
        (user, password) = try Self.credentials(at.map { authority[..<$0] })
        database = path.map { $0.isEmpty ? 0 : Int($0) ?? -1 } ?? 0
        guard database >= 0 else { throw .malformed("the database after the host must be a number") }
        authorities = try Self.authorities(query)
    }

    private static func split(_ string: Substring, at separator: Character) -> (before: Substring, after: Substring?) {
        guard let index = string.firstIndex(of: separator) else { return (string, nil) }
        return (string[..<index], string[string.index(after: index)...])
    }

    /// Parses a host name or an IP address (IPv6 in brackets) and a port, 6379 by default.
    private static func hostAndPort(_ authority: Substring) throws(RedisError) -> (host: String, port: Int) {
        var (host, port): (Substring, Substring?) = (authority, nil)
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            host = authority[authority.index(after: authority.startIndex)..<end]
            let rest = authority[authority.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else {
                throw .malformed("an address in brackets can only be followed by a port")
            }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else {
            (host, port) = split(authority, at: ":")
        }
        guard !host.isEmpty else { throw .malformed("the host is missing") }
        let number = port.map { Int($0) ?? 0 } ?? 6379
        guard (1...65_535).contains(number) else {
            throw .malformed("the port must be a number from 1 to 65535")
        }
        return (String(host), number)
    }

    private static func credentials(
        _ userInfo: Substring?
    ) throws(RedisError) -> (user: String?, password: String?) {
        guard let userInfo else { return (nil, nil) }
        let (first, second) = split(userInfo, at: ":")
        guard let user = PercentEncoding.decode(first),
            let password = second.map({ PercentEncoding.decode($0) }) ?? .some("")
        else { throw .malformed("user and password must be percent-encoded") }
        return (user.isEmpty ? nil : user, password.isEmpty ? nil : password)
    }

    private static func authorities(_ query: Substring?) throws(RedisError) -> String? {
        guard let query, !query.isEmpty else { return nil }
        let (name, value) = split(query, at: "=")
        guard name == "cacert", let path = value.flatMap({ PercentEncoding.decode($0) }), !path.isEmpty else {
            throw .malformed("the only parameter is cacert=PATH")
        }
        return path
    }

    /// The commands that each connection begins with.
    var firstCommands: [RedisCommand] {
        var commands: [RedisCommand] = []
        if let password {
            commands.append(user.map { RedisCommand("AUTH", $0, password) } ?? RedisCommand("AUTH", password))
        }
        if database != 0 { commands.append(RedisCommand("SELECT", "\(database)")) }
        return commands
    }
}
