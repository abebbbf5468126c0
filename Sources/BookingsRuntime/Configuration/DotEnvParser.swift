import Bookings

/// A recursive-descent parser of the bytes of a `.env` file.
struct DotEnvParser {
    private let bytes: ArraySlice<UInt8>
    private var index: Int
    private var line = 1

    /// - Parameter bytes: UTF-8 without a byte order mark.
    init(bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        index = bytes.startIndex
    }

    /// Returns the variables of the whole file.
    mutating func variables() throws(DotEnv.ParseError) -> [String: String] {
        var values: [String: String] = [:]
        while current != nil {
            skipBlanks()
            if atLineEnd {
                skipLineEnd()
            } else if current == UInt8(ascii: "#") {
                skipToLineEnd()
            } else {
                let name = try name()
                values[name] = try value()
            }
        }
        return values
    }

    // MARK: - Bytes

    private var current: UInt8? { index < bytes.endIndex ? bytes[index] : nil }
    private var atLineEnd: Bool { current == nil || current == UInt8(ascii: "\n") || current == UInt8(ascii: "\r") }

    private func isBlank(_ byte: UInt8?) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    private mutating func skipBlanks() {
        while isBlank(current) { index += 1 }
    }

    private mutating func skipToLineEnd() {
        while !atLineEnd { index += 1 }
        skipLineEnd()
    }

    /// Skips a line feed, a carriage return, or both.
    private mutating func skipLineEnd() {
        guard let byte = current else { return }
        index += 1
        if byte == UInt8(ascii: "\r"), current == UInt8(ascii: "\n") { index += 1 }
        line += 1
    }

    /// Returns an error at `line`, or at the current one.
    private func error(_ reason: String, at line: Int? = nil) -> DotEnv.ParseError {
        DotEnv.ParseError(line: line ?? self.line, reason: reason)
    }

    // MARK: - Names

    /// Consumes a name and the characters between it and its value.
    private mutating func name() throws(DotEnv.ParseError) -> String {
        var name = takeWord()
        if name == "export", isBlank(current) {
            skipBlanks()
            if current != UInt8(ascii: "="), current != UInt8(ascii: ":") { name = takeWord() }
        }
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else {
            throw error("a line must be NAME=value, a comment or empty")
        }
        skipBlanks()
        switch current {
        case UInt8(ascii: "="):
            index += 1
        case UInt8(ascii: ":"):
            index += 1
            guard isBlank(current) || atLineEnd else {
                throw error("a colon after a name must be followed by a blank")
            }
        default:
            throw error("a name must be followed by an equals sign")
        }
        skipBlanks()
        return name
    }

    /// Consumes the characters that names may have, digits at the beginning included.
    private mutating func takeWord() -> String {
        let start = index
        while let byte = current, isNamePart(byte) { index += 1 }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private func isNamePart(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
    }

    // MARK: - Values

    private mutating func value() throws(DotEnv.ParseError) -> String {
        switch current {
        case UInt8(ascii: "\""): return try quoted(by: UInt8(ascii: "\""), withEscapes: true)
        case UInt8(ascii: "'"): return try quoted(by: UInt8(ascii: "'"), withEscapes: false)
        case UInt8(ascii: "`"): return try quoted(by: UInt8(ascii: "`"), withEscapes: false)
        default: return unquoted()
        }
    }

    /// Consumes an unquoted value: everything up to a comment or the end of the line, without blanks at its ends.
    private mutating func unquoted() -> String {
        let start = index
        var end = index
        while !atLineEnd {
            if current == UInt8(ascii: "#"), index == start || isBlank(bytes[index - 1]) { break }
            index += 1
            if !isBlank(bytes[index - 1]) { end = index }
        }
        let value = String(decoding: bytes[start..<end], as: UTF8.self)
        skipToLineEnd()
        return value
    }

    /// Consumes a quoted value and the rest of its last line.
    private mutating func quoted(by quote: UInt8, withEscapes: Bool) throws(DotEnv.ParseError) -> String {
        let firstLine = line
        index += 1
        var value: [UInt8] = []
        while let byte = current, byte != quote {
            if withEscapes, byte == UInt8(ascii: "\\") {
                index += 1
                value += escaped()
            } else if atLineEnd {
                // A line break in a value is a line feed, whatever the file uses.
                skipLineEnd()
                value.append(UInt8(ascii: "\n"))
            } else {
                value.append(byte)
                index += 1
            }
        }
        guard current == quote else { throw error("a quote that is opened here is not closed", at: firstLine) }
        index += 1
        skipBlanks()
        guard atLineEnd || current == UInt8(ascii: "#") else {
            throw error("only a comment may follow a closing quote")
        }
        skipToLineEnd()
        return String(decoding: value, as: UTF8.self)
    }

    /// Consumes the byte after a backslash and returns what both mean. An unknown escape keeps its backslash.
    private mutating func escaped() -> [UInt8] {
        guard let byte = current, !atLineEnd else { return [UInt8(ascii: "\\")] }
        index += 1
        switch byte {
        case UInt8(ascii: "n"): return [UInt8(ascii: "\n")]
        case UInt8(ascii: "r"): return [UInt8(ascii: "\r")]
        case UInt8(ascii: "t"): return [UInt8(ascii: "\t")]
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "$"): return [byte]
        default: return [UInt8(ascii: "\\"), byte]
        }
    }
}
