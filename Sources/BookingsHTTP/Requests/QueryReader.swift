import Bookings

/// Takes the parameters of a query by name and type, and gathers every fault. Unknown ones are ignored.
package struct QueryReader {
    private let pairs: [(name: ByteString, value: String?)]
    package private(set) var faults: [ValidationError] = []

    /// `query`: what stands behind the question mark, still encoded.
    package init(_ query: String?) {
        pairs = (query ?? "").utf8.split(separator: UInt8(ascii: "&")).map { pair in
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
                .map { Substring($0) }
            let name = PercentEncoding.decode(form: parts[0]) ?? String(parts[0])
            return (ByteString(name), parts.count > 1 ? PercentEncoding.decode(form: parts[1]) : "")
        }
    }

    package mutating func fault(_ name: String, _ detail: String) {
        faults.append(ValidationError(pointer: "/query/" + name, detail: detail))
    }

    /// Nil when absent or faulty.
    package mutating func text(_ name: String) -> String? {
        let wanted = ByteString(name)
        guard let place = pairs.firstIndex(where: { $0.name == wanted }) else { return nil }
        guard !pairs[(place + 1)...].contains(where: { $0.name == wanted }) else {
            fault(name, "\(name) must be given once.")
            return nil
        }
        guard let text = pairs[place].value, !text.unicodeScalars.contains(where: \.isControl) else {
            fault(name, "\(name) is not valid percent-encoded text without control characters.")
            return nil
        }
        return text
    }

    package mutating func texts(_ name: String) -> [String] {
        let wanted = ByteString(name)
        let values = pairs.filter { $0.name == wanted }.map(\.value)
        if values.contains(nil) { fault(name, "\(name) is not valid percent-encoded text without control characters.") }
        return values.compactMap { $0 }
    }

    package mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = text(name) else { return nil }
        if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text), range.contains(number) {
            return number
        }
        fault(
            name,
            "\(name) must be a whole number "
                + (range.upperBound == .max
                    ? "from \(range.lowerBound) on." : "from \(range.lowerBound) to \(range.upperBound)."))
        return nil
    }

    /// An offset's plus that was sent as it is came in as a space, which no time has: both are taken.
    package mutating func timestamp(_ name: String) -> Timestamp? {
        guard let text = text(name) else { return nil }
        if let instant = RFC3339.parse(text.replacing(" ", with: "+")) { return instant }
        fault(name, "\(name) must be an RFC 3339 time with an offset.")
        return nil
    }

    package mutating func identifier<Of>(_ name: String, as type: Of.Type = Of.self) -> Identifier<Of>? {
        guard let text = text(name) else { return nil }
        if let id = Identifier<Of>(text) { return id }
        fault(name, "\(name) must be a UUID.")
        return nil
    }
}
