/// An IPv4 or IPv6 address.
///
/// An IPv4 address that is written as an IPv6 one (mapped, compatible, 6to4, NAT64) is the IPv4 address: connections to
/// either reach the same host.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// 4 or 16 bytes in network order.
    package let bytes: [UInt8]

    /// Returns `nil` unless there are 4 or 16 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = Self.embeddedIPv4(bytes) ?? bytes
    }

    private static func embeddedIPv4(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count == 16 else { return nil }
        let zeros = [UInt8](repeating: 0, count: 12)
        let isMapped = bytes.starts(with: zeros[..<10] + [0xff, 0xff])
        // ::1 and :: are addresses of IPv6 itself.
        let isCompatible = bytes.starts(with: zeros) && bytes[12..<15] != [0, 0, 0]
        let isTranslated = bytes.starts(with: [0x00, 0x64, 0xff, 0x9b] + zeros[..<8])
        if isMapped || isCompatible || isTranslated { return Array(bytes[12...]) }
        return bytes.starts(with: [0x20, 0x02]) ? Array(bytes[2..<6]) : nil
    }

    /// Reads dotted decimal notation, or IPv6 as in RFC 4291, section 2.2.
    package init?(_ text: String) {
        guard let bytes = text.contains(":") ? Self.ipv6(text) : Self.ipv4(text[...]) else { return nil }
        self.init(bytes: bytes)
    }

    /// Dotted decimal notation, or eight groups in hexadecimal digits.
    package var description: String {
        if bytes.count == 4 { return bytes.map { "\($0)" }.joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2).map { index in
            String(UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1]), radix: 16)
        }.joined(separator: ":")
    }

    private static func ipv4(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { part in
            part.allSatisfy(\.isASCIIDigit) && (part == "0" || part.first != "0") ? UInt8(part) : nil
        }
        return parts.count == 4 && bytes.count == 4 ? bytes : nil
    }

    private static func ipv6(_ text: String) -> [UInt8]? {
        let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        guard halves.count <= 2, let head = groups(halves[0], isEnd: halves.count == 1) else { return nil }
        guard halves.count == 2 else { return head.count == 16 ? head : nil }
        guard let tail = groups(halves[1], isEnd: true), head.count + tail.count <= 14 else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    /// - Parameter isEnd: Whether the last group may be an IPv4 address.
    private static func groups(_ text: Substring, isEnd: Bool) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        var bytes: [UInt8] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if isEnd, index == parts.count - 1, part.contains(".") {
                guard let last = ipv4(part) else { return nil }
                bytes += last
                continue
            }
            guard (1...4).contains(part.count), part.first != "+", let group = UInt16(part, radix: 16) else {
                return nil
            }
            bytes += [UInt8(group >> 8), UInt8(group & 0xff)]
        }
        return bytes
    }
}

/// A range of addresses in CIDR notation, such as `10.0.0.0/8` or `fd00::/8`.
package struct AddressRange: Hashable, Sendable {
    /// The first address of the range, or any other in it.
    private let bytes: [UInt8]
    /// How many bits decide.
    private let length: Int

    /// Reads an address with a prefix length, or a single address. Returns `nil` for any other text.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(String(parts[0])) else { return nil }
        bytes = address.bytes
        let bits = bytes.count * 8
        guard parts.count == 2 else {
            length = bits
            return
        }
        guard parts[1].allSatisfy(\.isASCIIDigit), let length = Int(parts[1]), length <= bits else { return nil }
        self.length = length
    }

    /// Returns whether the address is in the range.
    package func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == bytes.count else { return false }
        let (whole, rest) = (length / 8, length % 8)
        guard address.bytes[..<whole] == bytes[..<whole] else { return false }
        return rest == 0 || address.bytes[whole] >> (8 - UInt8(rest)) == bytes[whole] >> (8 - UInt8(rest))
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
