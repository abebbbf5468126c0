import Bookings

/// The media types that a client accepts, by their quality (RFC 9110, section 12.5.1).
struct AcceptHeader: Sendable {
    private struct Range {
        let type: String
        let subtype: String
        /// Thousandths; 0: not acceptable.
        let quality: Int

        /// How closely it names the media type; nil when it does not.
        func specificity(for type: String, _ subtype: String) -> Int? {
            switch (self.type, self.subtype) {
            case (type, subtype): 2
            case (type, "*"): 1
            case ("*", "*"): 0
            default: nil
            }
        }
    }

    private let ranges: [Range]

    /// `values`: those of the header's lines. What is no media range is passed over; without any, everything is
    /// accepted. Parameters besides `q` are not looked at: no media type here has any that matter.
    init(_ values: [String]) {
        ranges = values.flatMap { Self.split($0, at: ",") }.compactMap { Self.range($0) }
    }

    /// The quality of a media type in thousandths, by the most specific range that names it; 0: not acceptable.
    func quality(of mediaType: String) -> Int {
        guard !ranges.isEmpty else { return 1000 }
        let parts = mediaType.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return 0 }
        var best: (specificity: Int, quality: Int)?
        for range in ranges {
            guard let specificity = range.specificity(for: parts[0], parts[1]) else { continue }
            if specificity > best?.specificity ?? -1 { best = (specificity, range.quality) }
        }
        return best?.quality ?? 0
    }

    /// Whether the client would rather have the first type than the second. Equal qualities: whether a range names the
    /// first one more closely.
    func prefers(_ first: String, to second: String) -> Bool {
        let (left, right) = (quality(of: first), quality(of: second))
        if left != right { return left > right }
        return left > 0 && specificity(of: first) > specificity(of: second)
    }

    private func specificity(of mediaType: String) -> Int {
        let parts = mediaType.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return -1 }
        return ranges.compactMap { $0.specificity(for: parts[0], parts[1]) }.max() ?? -1
    }

    // MARK: - Parsing

    /// A list's elements; separators between quotes do not count.
    private static func split(_ text: some StringProtocol, at separator: Unicode.Scalar) -> [String] {
        var parts: [[UInt8]] = [[]]
        var isQuoted = false
        var isEscaped = false
        for byte in text.utf8 {
            if isEscaped {
                isEscaped = false
            } else if isQuoted, byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if !isQuoted, byte == UInt8(ascii: separator) {
                parts.append([])
                continue
            }
            parts[parts.count - 1].append(byte)
        }
        return parts.map { String(decoding: $0, as: UTF8.self).trimmingSpaces }
    }

    private static func range(_ text: String) -> Range? {
        let parts = split(text, at: ";")
        let names = split(parts[0].lowercasedASCII, at: "/")
        guard names.count == 2, names.allSatisfy(isToken), names[0] != "*" || names[1] == "*" else { return nil }
        var quality = 1000
        for parameter in parts.dropFirst() where parameter.lowercasedASCII.hasPrefix("q=") {
            guard let value = thousandths(parameter.dropFirst(2)) else { return nil }
            quality = value
        }
        return Range(type: names[0], subtype: names[1], quality: quality)
    }

    /// A `qvalue`: 0 to 1 with at most three decimals.
    private static func thousandths(_ text: Substring) -> Int? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let decimals = parts.count > 1 ? parts[1] : ""
        guard parts[0] == "0" || parts[0] == "1", decimals.utf8.count <= 3,
            decimals.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let fraction = Int(decimals + String(repeating: "0", count: 3 - decimals.utf8.count))
        else { return nil }
        let value = (parts[0] == "1" ? 1000 : 0) + fraction
        return value <= 1000 ? value : nil
    }

    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
    }
}
