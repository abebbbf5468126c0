extension Substring {
    /// The text without blanks, tabs and carriage returns around it. Looks at bytes, not at characters: it runs for
    /// every request.
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
    /// The text without blanks, tabs and carriage returns around it.
    package var trimmingSpaces: String { self[...].trimmingSpaces }
}
