extension JSONValue {
    /// The maximum depth of nesting, so that no input can exhaust the stack.
    package static let maximumDepth = 64

    /// Parses a JSON text (RFC 8259): UTF-8 without a byte order mark and without lone surrogates.
    ///
    /// - Throws: The position of the first error, and the reason.
    package static func parse(_ bytes: some Collection<UInt8>) throws(JSONError) -> JSONValue {
        let contiguous = ContiguousArray(bytes)
        var parser = JSONParser(bytes: contiguous)
        return try parser.parse()
    }
}

/// A recursive-descent parser of one JSON text.
private struct JSONParser {
    let bytes: ContiguousArray<UInt8>
    private var index = 0

    init(bytes: ContiguousArray<UInt8>) {
        self.bytes = bytes
    }

    mutating func parse() throws(JSONError) -> JSONValue {
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { throw error("a byte order mark is not allowed") }
        let result = try value(depth: 0)
        skipWhitespace()
        guard index == bytes.count else { throw error("the value must be followed by nothing") }
        return result
    }

    private func error(_ reason: String) -> JSONError {
        JSONError(offset: index, reason: reason)
    }

    private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipWhitespace() {
        while let byte = current, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { index += 1 }
    }

    /// Consumes the character `scalar` if it comes next.
    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard current == UInt8(ascii: scalar) else { return false }
        index += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        skipWhitespace()
        switch current {
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "["): return try array(depth: depth + 1)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case nil: throw error("a value is required")
        default: return .number(try number())
        }
    }

    private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for offset in 0..<word.utf8CodeUnitCount {
            guard current == word.utf8Start[offset] else { throw error("a word must be true, false or null") }
            index += 1
        }
        return value
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        guard depth <= JSONValue.maximumDepth else { throw error("values must not be nested more than 64 deep") }
        index += 1
        var members: [JSONMember] = []
        skipWhitespace()
        if take("}") { return .object(members) }
        while true {
            skipWhitespace()
            guard current == UInt8(ascii: "\"") else { throw error("a member name is required") }
            let name = try string()
            skipWhitespace()
            guard take(":") else { throw error("a colon is required") }
            members.append(JSONMember(name: name, value: try value(depth: depth)))
            skipWhitespace()
            if take("}") { return .object(members) }
            guard take(",") else { throw error("a comma or a closing brace is required") }
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        guard depth <= JSONValue.maximumDepth else { throw error("values must not be nested more than 64 deep") }
        index += 1
        var elements: [JSONValue] = []
        skipWhitespace()
        if take("]") { return .array(elements) }
        while true {
            elements.append(try value(depth: depth))
            skipWhitespace()
            if take("]") { return .array(elements) }
            guard take(",") else { throw error("a comma or a closing bracket is required") }
        }
    }

    /// Consumes a number and returns it as it was written.
    private mutating func number() throws(JSONError) -> String {
        let start = index
        _ = take("-")
        if !take("0") { try digits(orError: "a value is required") }
        if take(".") { try digits(orError: "a digit is required") }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits(orError: "a digit is required")
        }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    /// Consumes one or more digits.
    private mutating func digits(orError reason: String) throws(JSONError) {
        let start = index
        while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
        guard index > start else { throw error(reason) }
    }

    private mutating func string() throws(JSONError) -> String {
        index += 1
        let start = index
        // Filled only from the first escape on: most strings have none and are copied at once.
        var unescaped: [UInt8]?
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                let utf8 = unescaped ?? Array(bytes[start..<index])
                guard let string = String(validating: utf8, as: UTF8.self) else {
                    throw error("a string must be UTF-8")
                }
                index += 1
                return string
            case UInt8(ascii: "\\"):
                if unescaped == nil { unescaped = Array(bytes[start..<index]) }
                index += 1
                let scalar = try escaped()
                unescaped?.append(contentsOf: Array(String(Character(scalar)).utf8))
            case 0..<0x20: throw error("a control character in a string must be escaped")
            default:
                unescaped?.append(byte)
                index += 1
            }
        }
        throw error("a string must be closed")
    }

    /// Consumes what follows a backslash.
    private mutating func escaped() throws(JSONError) -> Unicode.Scalar {
        guard let byte = current else { throw error("a string must be closed") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try escapedScalar()
        default: throw error("the escape is unknown")
        }
    }

    /// Consumes what follows `\u`: one code unit of UTF-16, or a surrogate pair of two escapes.
    private mutating func escapedScalar() throws(JSONError) -> Unicode.Scalar {
        let first = try fourHexadecimalDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xdc00, take("\\"), take("u") else { throw error("a surrogate must be part of a pair") }
        let second = try fourHexadecimalDigits()
        guard (0xdc00...0xdfff).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
        else { throw error("a surrogate must be part of a pair") }
        return scalar
    }

    private mutating func fourHexadecimalDigits() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw error("four hexadecimal digits are required")
            }
            value = value << 4 | UInt32(digit)
            index += 1
        }
        return value
    }
}
