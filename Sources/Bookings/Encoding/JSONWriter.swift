/// Writes JSON into bytes. Commas are added where they are needed; names and values must be written in their order.
///
/// Callers write members sorted by name, so that equal values have equal bytes.
package struct JSONWriter: Sendable {
    /// What has been written so far.
    package private(set) var bytes: [UInt8] = []
    /// Whether a comma must come before the next value or name.
    private var needsComma = false

    /// Creates a writer with room for `capacity` bytes.
    package init(reservingCapacity capacity: Int = 512) {
        bytes.reserveCapacity(capacity)
    }

    /// Begins an object; names and values follow in turn.
    package mutating func beginObject() { open("{") }
    /// Ends the innermost object.
    package mutating func endObject() { close("}") }
    /// Begins an array.
    package mutating func beginArray() { open("[") }
    /// Ends the innermost array.
    package mutating func endArray() { close("]") }

    /// Writes the name of a member, which must need no escapes.
    package mutating func name(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes the name of a member that is known at run time only.
    package mutating func name(dynamic name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a string with the escapes that JSON requires.
    package mutating func string(_ value: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        var value = value
        value.withUTF8 { utf8 in
            var rest = utf8[...]
            while let index = rest.firstIndex(where: Self.needsEscape) {
                bytes.append(contentsOf: rest[..<index])
                escape(rest[index])
                rest = rest[(index + 1)...]
            }
            bytes.append(contentsOf: rest)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    /// Writes a string, or `null`.
    package mutating func string(_ value: String?) {
        if let value { string(value) } else { null() }
    }

    /// Writes a whole number.
    package mutating func integer(_ value: some BinaryInteger) {
        separate()
        bytes.append(contentsOf: String(value).utf8)
    }

    /// Writes a finite number, without a fraction if it is whole.
    package mutating func number(_ value: Double) {
        precondition(value.isFinite, "JSON has no number for \(value).")
        if let whole = Int64(exactly: value) { return integer(whole) }
        separate()
        bytes.append(contentsOf: value.description.utf8)
    }

    /// Writes `true` or `false`.
    package mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }
    /// Writes `null`.
    package mutating func null() { literal("null") }

    /// Writes an instant as an RFC 3339 string.
    package mutating func timestamp(_ instant: Timestamp) {
        quoted(RFC3339.writtenLength) { RFC3339.write(instant, to: $0) }
    }

    /// Writes a UUID as a string.
    package mutating func identifier<Of>(_ id: Identifier<Of>) {
        separate()
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Identifier<Of>.writtenLength + 2) { buffer in
            buffer[0] = UInt8(ascii: "\"")
            buffer[buffer.count - 1] = UInt8(ascii: "\"")
            id.write(
                to: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[1..<buffer.count - 1])
            )
            bytes.append(contentsOf: UnsafeBufferPointer(buffer))
        }
    }

    /// Writes a string of known length that needs no escapes. It is assembled on the stack and appended at once, since
    /// appending byte by byte checks the capacity each time.
    @inline(__always)
    private mutating func quoted(_ length: Int, _ write: ((UInt8) -> Void) -> Void) {
        separate()
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: length + 2) { buffer in
            buffer[0] = UInt8(ascii: "\"")
            var count = 1
            write { byte in
                buffer[count] = byte
                count += 1
            }
            buffer[count] = UInt8(ascii: "\"")
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[...count]))
        }
    }

    /// Writes a value that is JSON already.
    package mutating func raw(_ json: some Collection<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    /// Writes any value.
    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let flag): bool(flag)
        case .number(let digits): raw(digits.utf8)
        case .string(let value): string(value)
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
