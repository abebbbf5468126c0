extension Substring {
    /// The string without blanks, tabs and carriage returns at its ends. It compares bytes, not characters, because it
    /// is used for every request.
    package var trimmingSpaces: String {
        var bytes = utf8
        while let first = bytes.first, Self.isBlank(first) { bytes.removeFirst() }
        while let last = bytes.last, Self.isBlank(last) { bytes.removeLast() }
        return String(Substring(bytes))
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }
}

extension String {
    /// The string without blanks, tabs and carriage returns at its ends.
    package var trimmingSpaces: String { self[...].trimmingSpaces }
}
