import Bookings

/// Where a Redis is and how it is entered: `redis[s]://[user[:password]@]host[:port][/database]`.
///
/// `rediss` speaks TLS and verifies the server's certificate, by the system's authorities or those of the file that
/// `?cacert=PATH` names.
package struct RedisTarget: Hashable, Sendable {
    package let host: String
    package let port: Int
    package let usesTLS: Bool
    /// A PEM file with the authorities that count instead of the system's.
    package let authorities: String?
    let user: String?
    let password: String?
    let database: Int

    /// Throws a sentence that names the fault, without any part of the URL that may be a secret.
    package init(url: String) throws(RedisError) {
        let scheme: Substring
        if url.hasPrefix("redis://") {
            (scheme, usesTLS) = ("redis://", false)
        } else if url.hasPrefix("rediss://") {
            (scheme, usesTLS) = ("rediss://", true)
        } else {
            throw .malformed("it must begin with redis:// or rediss://")
        }
        let (rest, query) = Self.cut(url.dropFirst(scheme.count), at: "?")
        let (authority, path) = Self.cut(rest, at: "/")
        let at = authority.lastIndex(of: "@")
        let place = at.map { authority[authority.index(after: $0)...] } ?? authority
        (host, port) = try Self.place(place)
        (user, password) = try Self.credentials(at.map { authority[..<$0] })
        database = path.map { $0.isEmpty ? 0 : Int($0) ?? -1 } ?? 0
        guard database >= 0 else { throw .malformed("the database behind the host must be a number") }
        authorities = try Self.authorities(query)
    }

    private static func cut(_ text: Substring, at mark: Character) -> (before: Substring, after: Substring?) {
        guard let index = text.firstIndex(of: mark) else { return (text, nil) }
        return (text[..<index], text[text.index(after: index)...])
    }

    /// A name or an address, IPv6 in brackets.
    private static func place(_ text: Substring) throws(RedisError) -> (host: String, port: Int) {
        var (host, port): (Substring, Substring?) = (text, nil)
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<end]
            let behind = text[text.index(after: end)...]
            guard behind.isEmpty || behind.hasPrefix(":") else {
                throw .malformed("only a port may stand behind an address in brackets")
            }
            port = behind.isEmpty ? nil : behind.dropFirst()
        } else {
            (host, port) = cut(text, at: ":")
        }
        guard !host.isEmpty else { throw .malformed("the host is missing") }
        let number = port.map { Int($0) ?? 0 } ?? 6379
        guard (1...65_535).contains(number) else {
            throw .malformed("the port must be a number from 1 to 65535")
        }
        return (String(host), number)
    }

    private static func credentials(
        _ text: Substring?
    ) throws(RedisError) -> (user: String?, password: String?) {
        guard let text else { return (nil, nil) }
        let (first, second) = cut(text, at: ":")
        guard let user = PercentEncoding.decode(first),
            let password = second.map({ PercentEncoding.decode($0) }) ?? .some("")
        else { throw .malformed("user and password must be percent-encoded") }
        return (user.isEmpty ? nil : user, password.isEmpty ? nil : password)
    }

    private static func authorities(_ query: Substring?) throws(RedisError) -> String? {
        guard let query, !query.isEmpty else { return nil }
        let (name, value) = cut(query, at: "=")
        guard name == "cacert", let path = value.flatMap({ PercentEncoding.decode($0) }), !path.isEmpty else {
            throw .malformed("the only parameter is cacert=PATH")
        }
        return path
    }

    /// What a connection says first.
    var greeting: [RedisCommand] {
        var commands: [RedisCommand] = []
        if let password {
            commands.append(user.map { RedisCommand("AUTH", $0, password) } ?? RedisCommand("AUTH", password))
        }
        if database != 0 { commands.append(RedisCommand("SELECT", "\(database)")) }
        return commands
    }
}

package enum RedisError: Error, Hashable, Sendable {
    /// The URL cannot be read.
    case malformed(String)
    /// What arrived is not RESP.
    case garbled(String)
}
