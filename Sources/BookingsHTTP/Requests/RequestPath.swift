import Bookings
import HTTPTypes

/// Extracts the path of a request target.
package enum RequestPath {
    /// Returns the path without the query. Escapes of unreserved characters are decoded, because paths that differ only
    /// in these are equivalent (RFC 3986, section 6.2.2.2).
    package static func path(of head: HTTPRequest) -> String {
        let target = head.path ?? ""
        guard let end = target.utf8.firstIndex(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }) else {
            return decodingUnreserved(target)
        }
        return decodingUnreserved(String(target[..<end]))
    }

    /// Returns the query without its question mark; `nil` if the target has none.
    package static func query(of head: HTTPRequest) -> String? {
        let target = (head.path ?? "").utf8
        guard let end = target.firstIndex(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }),
            target[end] == UInt8(ascii: "?")
        else { return nil }
        return String(Substring(target[target.index(after: end)...].prefix { $0 != UInt8(ascii: "#") }))
    }

    /// Decodes the escapes of unreserved characters, and leaves all others as they are.
    package static func decodingUnreserved(_ path: String) -> String {
        guard path.utf8.contains(UInt8(ascii: "%")) else { return path }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(path.utf8.count)
        var rest = path.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let decoded = unreserved(rest.prefix(2)) {
                bytes.append(decoded)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Returns the unreserved character that two hexadecimal digits encode (RFC 3986, section 2.3); `nil` if they
    /// encode another character.
    private static func unreserved(_ digits: Substring.UTF8View) -> UInt8? {
        guard digits.count == 2, let value = UInt8(Substring(digits), radix: 16) else { return nil }
        switch value {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            return value
        default: return nil
        }
    }
}
