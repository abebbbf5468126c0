import Bookings

/// Reads `.env` files as the widespread dotenv libraries do: lines `NAME=value` or `NAME: value`, `export` before the
/// name, comments, and values in quotes, which may span several lines.
///
/// Where those libraries differ, no character of a value is lost: `#` begins a comment only at the beginning of a value
/// or after a blank, and `$` is a dollar sign.
package enum DotEnv {
    /// The reason why a file cannot be read. It contains no part of any value.
    package struct ParseError: Error, Hashable, Sendable, CustomStringConvertible {
        /// The line of the error, counted from 1.
        package let line: Int
        /// What the line must be, without a full stop.
        package let reason: String

        /// The line for the operator.
        package var description: String { ".env, line \(line): \(reason)." }
    }

    /// Returns the variables by name. The last value counts for a name that is set twice.
    ///
    /// - Throws: The first error in the file.
    package static func parse(_ bytes: [UInt8]) throws(ParseError) -> [String: String] {
        let bytes = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes.dropFirst(3) : bytes[...]
        if let line = lineOfInvalidText(bytes) {
            throw ParseError(line: line, reason: "the file must be UTF-8 text without NUL characters")
        }
        var parser = DotEnvParser(bytes: bytes)
        return try parser.variables()
    }

    /// Returns the line of the first byte that is zero or not UTF-8, or `nil` when there is none.
    private static func lineOfInvalidText(_ bytes: ArraySlice<UInt8>) -> Int? {
        if !bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil { return nil }
        // No other character of UTF-8 contains the byte of a line feed, so lines can be checked one by one.
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let index = lines.firstIndex { $0.contains(0) || String(validating: $0, as: UTF8.self) == nil }
        return (index ?? 0) + 1
    }
}
