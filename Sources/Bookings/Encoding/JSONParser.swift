extension JSONValue {
    /// Nesting beyond this is refused, so that no text can exhaust the stack.
    package static let deepestNesting = 64

    /// Reads a whole text by RFC 8259, strictly: UTF-8 without a byte order mark, no lone surrogates.
    package static func parse(_ bytes: some Collection<UInt8>) throws(JSONError) -> JSONValue {
        let contiguous = ContiguousArray(bytes)
        var parser = JSONParser(bytes: contiguous)
        return try parser.wholeText()
    }
}

private struct JSONParser {
    package let bytes: ContiguousArray<UInt8>
    package var index = 0

    package init(bytes: ContiguousArray<UInt8>) {
        self.bytes = bytes
    }

    package mutating func wholeText() throws(JSONError) -> JSONValue {
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { throw fault("a byte order mark") }
        let result = try value(depth: 0)
        skipWhitespace()
        guard index == bytes.count else { throw fault("more after the end of the value") }
        return result
    }

    private func fault(_ reason: String) -> JSONError {
        JSONError(offset: index, reason: reason)
    }

    private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipWhitespace() {
        while let byte = current, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { index += 1 }
    }

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
        case nil: throw fault("the text ends where a value should stand")
        default: return .number(try number())
        }
    }

    private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for offset in 0..<word.utf8CodeUnitCount {
            guard current == word.utf8Start[offset] else { throw fault("neither true, false nor null") }
            index += 1
        }
        return value
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        guard depth <= JSONValue.deepestNesting else { throw fault("nesting deeper than 64") }
        index += 1
        var members: [JSONMember] = []
        skipWhitespace()
        if take("}") { return .object(members) }
        while true {
            skipWhitespace()
            guard current == UInt8(ascii: "\"") else { throw fault("a member's name should stand here") }
            let name = try string()
            skipWhitespace()
            guard take(":") else { throw fault("a colon should stand here") }
            members.append(JSONMember(name: name, value: try value(depth: depth)))
            skipWhitespace()
            if take("}") { return .object(members) }
            guard take(",") else { throw fault("a comma or a closing brace should stand here") }
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        guard depth <= JSONValue.deepestNesting else { throw fault("nesting deeper than 64") }
        index += 1
        var elements: [JSONValue] = []
        skipWhitespace()
        if take("]") { return .array(elements) }
        while true {
            elements.append(try value(depth: depth))
            skipWhitespace()
            if take("]") { return .array(elements) }
            guard take(",") else { throw fault("a comma or a closing bracket should stand here") }
        }
    }

    private mutating func number() throws(JSONError) -> String {
        let start = index
        _ = take("-")
        if !take("0") { try digits("a value should stand here") }
        if take(".") { try digits("a digit should stand here") }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits("a digit should stand here")
        }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func digits(_ complaint: String) throws(JSONError) {
        let start = index
        while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
        guard index > start else { throw fault(complaint) }
    }

    private mutating func string() throws(JSONError) -> String {
        index += 1
        let start = index
        var text: [UInt8]?
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                let utf8 = text ?? Array(bytes[start..<index])
                guard let string = String(validating: utf8, as: UTF8.self) else { throw fault("not UTF-8") }
                index += 1
                return string
            case UInt8(ascii: "\\"):
                if text == nil { text = Array(bytes[start..<index]) }
                index += 1
                let scalar = try escaped()
                text?.append(contentsOf: Array(String(Character(scalar)).utf8))
            case 0..<0x20: throw fault("a control character in a string")
            default:
                text?.append(byte)
                index += 1
            }
        }
        throw fault("the text ends inside a string")
    }

    private mutating func escaped() throws(JSONError) -> Unicode.Scalar {
        guard let byte = current else { throw fault("the text ends inside a string") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try escapedScalar()
        default: throw fault("an unknown escape")
        }
    }

    private mutating func escapedScalar() throws(JSONError) -> Unicode.Scalar {
        let first = try fourHexadecimalDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xdc00, take("\\"), take("u") else { throw fault("a lone surrogate") }
        let second = try fourHexadecimalDigits()
        guard (0xdc00...0xdfff).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
        else { throw fault("a lone surrogate") }
        return scalar
    }

    private mutating func fourHexadecimalDigits() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw fault("four hexadecimal digits should stand here")
            }
            value = value << 4 | UInt32(digit)
            index += 1
        }
        return value
    }
}
