import Bookings

/// The media types that a client accepts, with their qualities (RFC 9110, section 12.5.1).
struct AcceptHeader: Sendable {
    private struct Range {
        let type: String
        let subtype: String
        /// In thousandths; 0 means not acceptable.
        let quality: Int

        /// Returns 2 for the media type itself, 1 for its type, 0 for any type; `nil` if the range excludes it.
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

    /// - Parameter values: The values of all `Accept` fields of a request. Invalid media ranges are ignored, as are
    ///   parameters other than `q`. Without a valid range, every media type is accepted.
    init(_ values: [String]) {
        ranges = values.flatMap { Self.split($0, at: ",") }.compactMap { Self.range($0) }
    }

    /// Returns the quality of a media type in thousandths, as the most specific range gives it; 0 means not acceptable.
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

    /// Returns whether the client prefers the first media type to the second. If their qualities are equal, the more
    /// specific range decides.
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

    /// Returns the elements of a list. Separators in quoted strings do not separate.
    private static func split(_ list: some StringProtocol, at separator: Unicode.Scalar) -> [String] {
        var parts: [[UInt8]] = [[]]
        var isQuoted = false
        var isEscaped = false
        for byte in list.utf8 {
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

    private static func range(_ element: String) -> Range? {
        let parts = split(element, at: ";")
        let names = split(parts[0].lowercasedASCII, at: "/")
        guard names.count == 2, names.allSatisfy(isToken), names[0] != "*" || names[1] == "*" else { return nil }
        var quality = 1000
        for parameter in parts.dropFirst() where parameter.lowercasedASCII.hasPrefix("q=") {
            guard let value = thousandths(parameter.dropFirst(2)) else { return nil }
            quality = value
        }
        return Range(type: names[0], subtype: names[1], quality: quality)
    }

    /// Parses a `qvalue`, a number from 0 to 1 with at most three decimals.
    private static func thousandths(_ value: Substring) -> Int? {
        let parts = value.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let decimals = parts.count > 1 ? parts[1] : ""
        guard parts[0] == "0" || parts[0] == "1", decimals.utf8.count <= 3,
            decimals.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let fraction = Int(decimals + String(repeating: "0", count: 3 - decimals.utf8.count))
        else { return nil }
        let quality = (parts[0] == "1" ? 1000 : 0) + fraction
        return quality <= 1000 ? quality : nil
    }

    /// Whether a string is a token (RFC 9110, section 5.6.2) in lower case.
    private static func isToken(_ string: String) -> Bool {
        !string.isEmpty
            && string.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
    }
}
