import Bookings

/// The `.env` file, read as the widespread dotenv libraries read it: lines `NAME=value` or `NAME: value`, `export`
/// before the name, comments, and values in quotes, which may hold several lines.
///
/// Where those libraries differ, the value that loses nothing counts: a `#` begins a comment only at the beginning of a
/// value or behind a blank, and `$` is a dollar sign.
package enum DotEnv {
    /// What keeps the file from being read. Names no part of any value.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// Counted from 1.
        package let line: Int
        package let reason: String

        package var description: String { ".env, line \(line): \(reason)." }
    }

    /// The variables, by name. One that stands twice has its last value.
    package static func parse(_ bytes: [UInt8]) throws(Fault) -> [String: String] {
        let bytes = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes.dropFirst(3) : bytes[...]
        if let line = lineOfFault(bytes) {
            throw Fault(line: line, reason: "the file must be UTF-8 text without NUL characters")
        }
        var parser = DotEnvParser(bytes: bytes)
        return try parser.variables()
    }

    /// The line of the first byte that is not UTF-8, or is zero; nil when there is none.
    private static func lineOfFault(_ bytes: ArraySlice<UInt8>) -> Int? {
        if !bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil { return nil }
        // No character of UTF-8 but a line feed holds its byte: each line can be looked at alone.
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let index = lines.firstIndex { $0.contains(0) || String(validating: $0, as: UTF8.self) == nil }
        return (index ?? 0) + 1
    }
}

private struct DotEnvParser {
    let bytes: ArraySlice<UInt8>
    private var index: Int
    private var line = 1

    init(bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        index = bytes.startIndex
    }

    mutating func variables() throws(DotEnv.Fault) -> [String: String] {
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

    /// A line feed, with or without a carriage return before it, or a carriage return alone.
    private mutating func skipLineEnd() {
        guard let byte = current else { return }
        index += 1
        if byte == UInt8(ascii: "\r"), current == UInt8(ascii: "\n") { index += 1 }
        line += 1
    }

    private func fault(_ reason: String, at line: Int? = nil) -> DotEnv.Fault {
        DotEnv.Fault(line: line ?? self.line, reason: reason)
    }

    // MARK: - Names

    /// Takes the name and what stands between it and its value.
    private mutating func name() throws(DotEnv.Fault) -> String {
        var word = takeWord()
        if word == "export", isBlank(current) {
            skipBlanks()
            if current != UInt8(ascii: "="), current != UInt8(ascii: ":") { word = takeWord() }
        }
        guard let first = word.utf8.first, !(0x30...0x39).contains(first) else {
            throw fault("a line must be NAME=value, a comment or empty")
        }
        skipBlanks()
        switch current {
        case UInt8(ascii: "="):
            index += 1
        case UInt8(ascii: ":"):
            index += 1
            guard isBlank(current) || atLineEnd else {
                throw fault("a colon behind a name must be followed by a blank")
            }
        default:
            throw fault("a name must be followed by an equals sign")
        }
        skipBlanks()
        return word
    }

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

    private mutating func value() throws(DotEnv.Fault) -> String {
        switch current {
        case UInt8(ascii: "\""): return try quoted(by: UInt8(ascii: "\""), withEscapes: true)
        case UInt8(ascii: "'"): return try quoted(by: UInt8(ascii: "'"), withEscapes: false)
        case UInt8(ascii: "`"): return try quoted(by: UInt8(ascii: "`"), withEscapes: false)
        default: return plain()
        }
    }

    /// Up to the line's end, or to a comment; blanks around it do not count.
    private mutating func plain() -> String {
        let start = index
        var end = index
        while !atLineEnd {
            if current == UInt8(ascii: "#"), index == start || isBlank(bytes[index - 1]) { break }
            index += 1
            if !isBlank(bytes[index - 1]) { end = index }
        }
        let text = String(decoding: bytes[start..<end], as: UTF8.self)
        skipToLineEnd()
        return text
    }

    private mutating func quoted(by quote: UInt8, withEscapes: Bool) throws(DotEnv.Fault) -> String {
        let firstLine = line
        index += 1
        var text: [UInt8] = []
        while let byte = current, byte != quote {
            if withEscapes, byte == UInt8(ascii: "\\") {
                index += 1
                text += escaped()
            } else if atLineEnd {
                // A line's end is a line feed, whatever the file's are.
                skipLineEnd()
                text.append(UInt8(ascii: "\n"))
            } else {
                text.append(byte)
                index += 1
            }
        }
        guard current == quote else { throw fault("a quote that begins here is not closed", at: firstLine) }
        index += 1
        skipBlanks()
        guard atLineEnd || current == UInt8(ascii: "#") else {
            throw fault("only a comment may stand behind a closing quote")
        }
        skipToLineEnd()
        return String(decoding: text, as: UTF8.self)
    }

    /// What a backslash and the byte behind it mean; what is no escape keeps its backslash.
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
