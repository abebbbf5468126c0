import Bookings
import HTTPTypes

/// The path of a request's target.
package enum RequestPath {
    /// The path without the query, with escapes of unreserved characters decoded: such paths are equal
    /// (RFC 3986, 6.2.2.2).
    package static func path(of head: HTTPRequest) -> String {
        let target = head.path ?? ""
        guard let end = target.utf8.firstIndex(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }) else {
            return decodingUnreserved(target)
        }
        return decodingUnreserved(String(target[..<end]))
    }

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

    /// The unreserved character that two hexadecimal digits stand for (RFC 3986, 2.3); nil: they stand for another.
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
