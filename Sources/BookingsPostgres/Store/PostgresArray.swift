/// Arrays as parameters.
enum PostgresArray {
    /// Returns the text form of an array (PostgreSQL manual, 8.15.2), with every element in quotes.
    static func literal(_ elements: [String?]) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(2 + elements.reduce(0) { $0 + 4 + ($1?.utf8.count ?? 0) })
        bytes.append(UInt8(ascii: "{"))
        for element in elements {
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
            guard let element else {
                bytes.append(contentsOf: "null".utf8)
                continue
            }
            bytes.append(UInt8(ascii: "\""))
            append(element, to: &bytes)
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: "}"))
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func append(_ element: String, to bytes: inout [UInt8]) {
        var element = element
        element.withUTF8 { utf8 in
            // Nearly all elements are ids and numbers, which are appended at once.
            guard utf8.contains(where: needsEscape) else { return bytes.append(contentsOf: utf8) }
            for byte in utf8 {
                if needsEscape(byte) { bytes.append(UInt8(ascii: "\\")) }
                bytes.append(byte)
            }
        }
    }

    private static func needsEscape(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") }
}
