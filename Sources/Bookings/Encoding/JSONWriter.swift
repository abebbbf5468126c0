/// Writes JSON straight into bytes; commas come by themselves. Members are sorted because callers write them sorted.
package struct JSONWriter: Sendable {
    package private(set) var bytes: [UInt8] = []
    /// Whether something stands before the next value on this level, so that a comma is due.
    private var needsComma = false

    package init(reservingCapacity capacity: Int = 512) {
        bytes.reserveCapacity(capacity)
    }

    package mutating func beginObject() { open("{") }
    package mutating func endObject() { close("}") }
    package mutating func beginArray() { open("[") }
    package mutating func endArray() { close("]") }

    package mutating func name(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// A member's name that is known only while running.
    package mutating func name(dynamic name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func string(_ text: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            var rest = utf8[...]
            while let place = rest.firstIndex(where: Self.needsEscape) {
                bytes.append(contentsOf: rest[..<place])
                escape(rest[place])
                rest = rest[(place + 1)...]
            }
            bytes.append(contentsOf: rest)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    package mutating func string(_ text: String?) {
        if let text { string(text) } else { null() }
    }

    package mutating func integer(_ value: some BinaryInteger) {
        separate()
        bytes.append(contentsOf: String(value).utf8)
    }

    /// A finite number; whole ones are written without a fraction.
    package mutating func number(_ value: Double) {
        precondition(value.isFinite, "JSON has no number for \(value).")
        if let whole = Int64(exactly: value) { return integer(whole) }
        separate()
        bytes.append(contentsOf: value.description.utf8)
    }

    package mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }
    package mutating func null() { literal("null") }

    package mutating func timestamp(_ instant: Timestamp) {
        quoted(RFC3339.writtenLength) { RFC3339.write(instant, to: $0) }
    }

    package mutating func identifier<Of>(_ id: Identifier<Of>) {
        quoted(Identifier<Of>.writtenLength) { id.write(to: $0) }
    }

    /// Text of known length that needs no escape; it is put together beside the bytes, and appended at once.
    @inline(__always)
    private mutating func quoted(_ length: Int, _ write: ((UInt8) -> Void) -> Void) {
        separate()
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: length + 2) { text in
            text[0] = UInt8(ascii: "\"")
            var count = 1
            write { byte in
                text[count] = byte
                count += 1
            }
            text[count] = UInt8(ascii: "\"")
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[...count]))
        }
    }

    /// A value that is JSON already.
    package mutating func raw(_ json: some Collection<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let flag): bool(flag)
        case .number(let lexeme): raw(lexeme.utf8)
        case .string(let text): string(text)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let members):
            beginObject()
            for member in members {
                name(dynamic: member.name)
                self.value(member.value)
            }
            endObject()
        }
    }

    private mutating func open(_ bracket: Unicode.Scalar) {
        separate()
        bytes.append(UInt8(ascii: bracket))
        needsComma = false
    }

    private mutating func close(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func literal(_ word: String) {
        separate()
        bytes.append(contentsOf: word.utf8)
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x0a: bytes.append(UInt8(ascii: "n"))
        case 0x0d: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        default:
            let digits = String(byte, radix: 16)
            bytes.append(contentsOf: ("u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
        }
    }
}
