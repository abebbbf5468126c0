import Bookings
import CPostgres
import Glibc

/// Checks a `DATABASE_URL` as libpq reads it, without connecting.
///
/// libpq's own messages quote the part that it cannot read, which may be part of a password: none of them is shown. A
/// URL that libpq would read in another way than it was meant (a password with `@`, `/` or `?`) is refused.
package enum PostgresURL {
    /// Returns why the URL is refused, without quoting any part of it; `nil` means that it is valid.
    package static func problem(in url: String) -> String? {
        let bytes = url.utf8
        let scheme = bytes.firstIndex(of: UInt8(ascii: ":")).map { bytes[..<$0].count } ?? 0
        let rest = bytes.dropFirst(scheme + "://".utf8.count)
        guard hasValidEscapes(rest) else {
            return "a % must be followed by two hexadecimal digits; % itself is written %25"
        }
        let credentials = credentials(rest)
        let hosts = rest.dropFirst(credentials.map { $0.count + 1 } ?? 0).prefix { $0 != UInt8(ascii: "?") }
        guard !hosts.contains(UInt8(ascii: "@")), credentials?.contains(UInt8(ascii: "?")) != true else {
            return ambiguous
        }
        guard let values = parse(url) else {
            return "it must be postgresql://[user[:password]@][host][:port][/database][?parameter=value&…] with "
                + "parameters that libpq knows; special characters are percent-encoded"
        }
        for name in ["host", "hostaddr"] where values[name]?.contains("@") == true { return ambiguous }
        let ports = (values["port"] ?? "").split(separator: ",")
        guard ports.allSatisfy({ Int($0).map { (1...65_535).contains($0) } ?? false }) else {
            return "the port must be a number from 1 to 65535; / in a password is written %2F"
        }
        return nil
    }

    private static let ambiguous =
        "in user and password @ is written %40, / is written %2F, ? is written %3F and % is written %25"

    /// Returns the part that libpq takes for user and password: up to the first `@`, unless a `/` comes before it.
    private static func credentials(_ rest: Substring.UTF8View) -> Substring.UTF8View? {
        guard let end = rest.firstIndex(where: { $0 == UInt8(ascii: "@") || $0 == UInt8(ascii: "/") }),
            rest[end] == UInt8(ascii: "@")
        else { return nil }
        return rest[..<end]
    }

    private static func hasValidEscapes(_ bytes: Substring.UTF8View) -> Bool {
        var rest = bytes
        while let percent = rest.firstIndex(of: UInt8(ascii: "%")) {
            let digits = rest[percent...].dropFirst().prefix(2)
            guard digits.count == 2, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else {
                return false
            }
            rest = rest[digits.endIndex...]
        }
        return true
    }

    /// Returns a message of libpq or of the server about a connection by this URL without user and password.
    static func scrub(_ message: String, of url: String) -> String {
        let values = parse(url) ?? [:]
        var secrets = [values["password"], values["sslpassword"], getenv("PGPASSWORD").map { String(cString: $0) }]
            .compactMap { $0 }
        let rest = url.utf8.drop { $0 != UInt8(ascii: "/") }.drop { $0 == UInt8(ascii: "/") }
        if let credentials = credentials(rest) {
            secrets.append(String(Substring(credentials)))
            secrets += credentials.split(separator: UInt8(ascii: ":"), maxSplits: 1).dropFirst()
                .map { String(Substring($0)) }
        }
        var scrubbed = message
        // The longest first, because one may be part of another.
        for secret in secrets.sorted(by: { $0.utf8.count > $1.utf8.count }) where secret.utf8.count >= 3 {
            scrubbed = scrubbed.replacing(secret, with: "…")
        }
        if let user = values["user"], !user.isEmpty { scrubbed = scrubbed.replacing("\"\(user)\"", with: "\"…\"") }
        return scrubbed
    }

    /// Returns the values of libpq's keywords; `nil` means that libpq cannot read the URL.
    private static func parse(_ url: String) -> [String: String]? {
        guard let options = PQconninfoParse(url, nil) else { return nil }
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return values
    }
}
