/// Takes the parameters of a query by name and type, and gathers every fault. Unknown ones are ignored.
struct QueryReader {
    private let pairs: [(name: String, value: String?)]
    private(set) var faults: [FieldFault] = []

    /// `query`: what stands behind the question mark, still encoded.
    init(_ query: String?) {
        pairs = (query ?? "").split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = PercentEncoding.decode(parts[0]) ?? String(parts[0])
            return (name, parts.count > 1 ? PercentEncoding.decode(parts[1]) : "")
        }
    }

    mutating func fault(_ name: String, _ detail: String) {
        faults.append(FieldFault(pointer: "/query/" + name, detail: detail))
    }

    /// Nil when absent or faulty.
    mutating func text(_ name: String) -> String? {
        let values = pairs.filter { $0.name == name }.map(\.value)
        guard let first = values.first else { return nil }
        guard values.count == 1 else {
            fault(name, "\(name) must be given once.")
            return nil
        }
        guard let text = first, !text.unicodeScalars.contains(where: \.isControl) else {
            fault(name, "\(name) is not readable.")
            return nil
        }
        return text
    }

    mutating func texts(_ name: String) -> [String] {
        let values = pairs.filter { $0.name == name }.map(\.value)
        if values.contains(nil) { fault(name, "\(name) is not readable.") }
        return values.compactMap { $0 }
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
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
    mutating func timestamp(_ name: String) -> Timestamp? {
        guard let text = text(name) else { return nil }
        if let instant = RFC3339.parse(text.replacing(" ", with: "+")) { return instant }
        fault(name, "\(name) must be an RFC 3339 time with an offset.")
        return nil
    }

    mutating func identifier<Of>(_ name: String, as type: Of.Type = Of.self) -> Identifier<Of>? {
        guard let text = text(name) else { return nil }
        if let id = Identifier<Of>(text) { return id }
        fault(name, "\(name) must be a UUID.")
        return nil
    }
}

/// Percent encoding (RFC 3986, section 2.1), with `+` for a space as forms write it.
enum PercentEncoding {
    /// Nil for a broken escape, and for what is not UTF-8.
    static func decode(_ text: some StringProtocol) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8.makeIterator()
        while let byte = rest.next() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.next().flatMap(hexadecimal), let low = rest.next().flatMap(hexadecimal) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    static func encode(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            let scalar = Unicode.Scalar(byte)
            if scalar.isASCII,
                scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                    || "-._~".unicodeScalars.contains(scalar)
            {
                result.unicodeScalars.append(scalar)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.count == 1 ? "%0" + digits : "%" + digits
            }
        }
        return result
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init)
    }
}
