import Bookings
import Glibc

/// A web origin as browsers serialize it in `Origin` (RFC 6454, section 6.2; URL standard, "host serializer"): scheme
/// and host in lower case, no default port, international names in Punycode, IPv6 addresses compressed and in brackets.
package struct Origin: Hashable, Sendable {
    /// The origin as browsers write it.
    package let serialized: ByteString

    /// Normalizes a configured origin: `https://Shop.example:443/` becomes `https://shop.example`. Returns `nil` unless
    /// the string is an origin of http or https: for a path, a query, user information, `null`, `*`.
    package init?(_ string: String) {
        guard let colon = string.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let scheme = string[..<colon].lowercasedASCII
        var rest = string[string.utf8.index(after: colon)...]
        guard scheme == "http" || scheme == "https", rest.utf8.starts(with: "//".utf8) else { return nil }
        rest = Substring(rest.utf8.dropFirst(2))
        if rest.utf8.last == UInt8(ascii: "/") { rest = Substring(rest.utf8.dropLast()) }
        guard let (rawHost, rawPort) = Self.split(rest), let host = Self.host(rawHost) else { return nil }
        var port = ""
        if let rawPort, !rawPort.isEmpty {
            guard rawPort.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(rawPort),
                (1...65_535).contains(number)
            else { return nil }
            if number != (scheme == "http" ? 80 : 443) { port = ":\(number)" }
        }
        serialized = ByteString("\(scheme)://\(host)\(port)")
    }

    /// Parses an `Origin` header. Returns `nil` unless the origin is serialized as browsers do it.
    package init?(header: String) {
        guard let origin = Origin(header), origin.serialized == ByteString(header) else { return nil }
        self = origin
    }

    /// Returns whether this is the origin of a page that the server itself served under a `Host` header.
    ///
    /// The scheme of the page's origin is assumed, because TLS may be terminated in front of the server.
    package func isServed(asHost host: String) -> Bool {
        let scheme = serialized.text.utf8.starts(with: "https:".utf8) ? "https" : "http"
        return !host.utf8.contains(UInt8(ascii: "/")) && Origin("\(scheme)://\(host)") == self
    }

    // MARK: - Parsing

    /// Splits an authority without user information.
    private static func split(_ authority: Substring) -> (host: Substring, port: Substring?)? {
        if authority.utf8.first == UInt8(ascii: "[") {
            guard let end = authority.utf8.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            let host = authority[...end]
            let remainder = authority[authority.utf8.index(after: end)...]
            if remainder.isEmpty { return (host, nil) }
            return remainder.utf8.first == UInt8(ascii: ":") ? (host, Substring(remainder.utf8.dropFirst())) : nil
        }
        guard let colon = authority.utf8.firstIndex(of: UInt8(ascii: ":")) else { return (authority, nil) }
        return (authority[..<colon], authority[authority.utf8.index(after: colon)...])
    }

    /// Returns the serialized host; `nil` if it is invalid.
    private static func host(_ name: Substring) -> String? {
        if name.utf8.first == UInt8(ascii: "[") {
            return address6(String(Substring(name.utf8.dropFirst().dropLast()))).map { "[\($0)]" }
        }
        var labels: [String] = []
        for label in name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard let label = Self.label(Substring(label)) else { return nil }
            labels.append(label)
        }
        // Browsers keep a trailing dot.
        if labels.count > 1, labels.last == "" { labels.removeLast() }
        guard let last = labels.last, labels.allSatisfy({ !$0.isEmpty }) else { return nil }
        let host = String(
            name.utf8.last == UInt8(ascii: ".") ? labels.joined(separator: ".") + "." : labels.joined(separator: "."))
        guard host.utf8.count <= 254 else { return nil }
        // A host whose last label is a number is an IPv4 address; browsers serialize it as four decimal numbers.
        guard let first = last.utf8.first, (0x30...0x39).contains(first), isNumber(last) else { return host }
        return labels.count == 4 && labels.allSatisfy({ UInt8($0).map { "\($0)" } == $0 })
            ? labels.joined(separator: ".") : nil
    }

    /// Whether the URL standard parses a label as a number: decimal or hexadecimal digits.
    private static func isNumber(_ label: String) -> Bool {
        label.utf8.allSatisfy { (0x30...0x39).contains($0) }
            || label.hasPrefix("0x") && label.utf8.dropFirst(2).allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
    }

    /// Returns a label of a name in ASCII. Labels that need more mapping than lower case (UTS #46) are rejected; they
    /// can be configured in Punycode.
    private static func label(_ text: Substring) -> String? {
        let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
        let lower = isASCII ? text.lowercasedASCII : text.lowercased()
        let label: String
        if isASCII {
            label = lower
        } else {
            let scalars = Array(lower.unicodeScalars)
            guard scalars.allSatisfy(isPlain), let encoded = Punycode.encode(scalars) else { return nil }
            label = "xn--" + encoded
        }
        let isName = label.utf8.allSatisfy { byte in
            (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: "_")
        }
        return isName && label.utf8.count <= 63 ? label : nil
    }

    /// Whether a scalar is a letter or digit that UTS #46 does not change.
    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return (0x61...0x7a).contains(scalar.value) || (0x30...0x39).contains(scalar.value) || scalar == "-"
        }
        let properties = scalar.properties
        let isKept = !properties.changesWhenNFKCCaseFolded || scalar == "\u{df}" || scalar == "\u{3c2}"
        return isKept && properties.canonicalCombiningClass == .notReordered
            && (properties.isAlphabetic || properties.numericType != nil)
    }

    /// Returns an IPv6 address as the URL standard serializes it: the longest run of at least two zero pieces is
    /// compressed.
    private static func address6(_ address: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard !address.utf8.contains(UInt8(ascii: "%")), inet_pton(AF_INET6, address, &bytes) == 1 else { return nil }
        let pieces = (0..<8).map { Int(bytes[$0 * 2]) << 8 | Int(bytes[$0 * 2 + 1]) }
        var longest = 0..<0
        var start = 0
        while start < 8 {
            let end = pieces[start...].firstIndex { $0 != 0 } ?? 8
            if end - start > max(1, longest.count) { longest = start..<end }
            start = max(end, start) + 1
        }
        func hexadecimal(_ range: Range<Int>) -> String {
            pieces[range].map { String($0, radix: 16) }.joined(separator: ":")
        }
        if longest.isEmpty { return hexadecimal(0..<8) }
        return hexadecimal(0..<longest.lowerBound) + "::" + hexadecimal(longest.upperBound..<8)
    }
}
