import Bookings
import Glibc

/// A web origin, written as browsers serialise it in `Origin` (RFC 6454, section 6.2; the URL standard, "host serializer"):
/// scheme and host in lower case, the scheme's own port left out, an international name in Punycode, an IPv6 address
/// shortened and in brackets.
package struct Origin: Hashable, Sendable {
    package let serialized: ByteString

    /// Normalises what a person wrote: `https://Shop.example:443/` is `https://shop.example`. Nil for what is no origin
    /// of http or https: a path, a query, user information, `null`, `*`.
    package init?(_ text: String) {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let scheme = text[..<colon].lowercasedASCII
        var rest = text[text.utf8.index(after: colon)...]
        guard scheme == "http" || scheme == "https", rest.utf8.starts(with: "//".utf8) else { return nil }
        rest = Substring(rest.utf8.dropFirst(2))
        if rest.utf8.last == UInt8(ascii: "/") { rest = Substring(rest.utf8.dropLast()) }
        guard let (hostText, portText) = Self.split(rest), let host = Self.host(hostText) else { return nil }
        var port = ""
        if let portText, !portText.isEmpty {
            guard portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(portText),
                (1...65_535).contains(number)
            else { return nil }
            if number != (scheme == "http" ? 80 : 443) { port = ":\(number)" }
        }
        serialized = ByteString("\(scheme)://\(host)\(port)")
    }

    /// The value of an `Origin` header; nil for what no browser sends, such as an origin written in another way.
    package init?(header: String) {
        guard let origin = Origin(header), origin.serialized == ByteString(header) else { return nil }
        self = origin
    }

    /// The origin of a page that this server itself gave to a browser, which asks it with that `Host`.
    ///
    /// The scheme is taken from the page's origin: TLS may end before this server.
    package func isServed(asHost host: String) -> Bool {
        let scheme = serialized.text.utf8.starts(with: "https:".utf8) ? "https" : "http"
        return !host.utf8.contains(UInt8(ascii: "/")) && Origin("\(scheme)://\(host)") == self
    }

    // MARK: - Parsing

    private static func split(_ text: Substring) -> (host: Substring, port: Substring?)? {
        if text.utf8.first == UInt8(ascii: "[") {
            guard let end = text.utf8.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            let host = text[...end]
            let behind = text[text.utf8.index(after: end)...]
            if behind.isEmpty { return (host, nil) }
            return behind.utf8.first == UInt8(ascii: ":") ? (host, Substring(behind.utf8.dropFirst())) : nil
        }
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return (text, nil) }
        return (text[..<colon], text[text.utf8.index(after: colon)...])
    }

    private static func host(_ text: Substring) -> String? {
        if text.utf8.first == UInt8(ascii: "[") {
            return address6(String(Substring(text.utf8.dropFirst().dropLast()))).map { "[\($0)]" }
        }
        var labels: [String] = []
        for label in text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard let label = Self.label(Substring(label)) else { return nil }
            labels.append(label)
        }
        // A name may end in a dot, which browsers keep.
        if labels.count > 1, labels.last == "" { labels.removeLast() }
        guard let last = labels.last, labels.allSatisfy({ !$0.isEmpty }) else { return nil }
        let host = String(
            text.utf8.last == UInt8(ascii: ".") ? labels.joined(separator: ".") + "." : labels.joined(separator: "."))
        guard host.utf8.count <= 254 else { return nil }
        // A last label of digits makes it an IPv4 address; browsers write those with four decimal numbers.
        guard let first = last.utf8.first, (0x30...0x39).contains(first), isNumber(last) else { return host }
        return labels.count == 4 && labels.allSatisfy({ UInt8($0).map { "\($0)" } == $0 })
            ? labels.joined(separator: ".") : nil
    }

    private static func isNumber(_ label: String) -> Bool {
        label.utf8.allSatisfy { (0x30...0x39).contains($0) }
            || label.hasPrefix("0x") && label.utf8.dropFirst(2).allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
    }

    /// A label of a name in ASCII. Names that need more than lower case (UTS #46) are refused: they can be written in
    /// Punycode.
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

    /// A letter or digit that UTS #46 leaves as it is.
    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return (0x61...0x7a).contains(scalar.value) || (0x30...0x39).contains(scalar.value) || scalar == "-"
        }
        let properties = scalar.properties
        let isKept = !properties.changesWhenNFKCCaseFolded || scalar == "\u{df}" || scalar == "\u{3c2}"
        return isKept && properties.canonicalCombiningClass == .notReordered
            && (properties.isAlphabetic || properties.numericType != nil)
    }

    /// The URL standard's IPv6 serializer: the longest run of zeros, two pieces or more, is left out.
    private static func address6(_ text: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard !text.utf8.contains(UInt8(ascii: "%")), inet_pton(AF_INET6, text, &bytes) == 1 else { return nil }
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
