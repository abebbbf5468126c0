/// A JSON value as it was written: members keep their order and their duplicates, numbers keep their digits.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// The number as it was written, which RFC 8259 does not bound.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([JSONMember])

    /// The value of the first member with this name; `nil` when there is none, and when this is not an object.
    package subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name.hasSameBytes(as: name) }?.value
    }

    /// Whether any object in this value has two members of the same name.
    package var hasDuplicateMembers: Bool {
        switch self {
        case .null, .bool, .number, .string: false
        case .array(let elements): elements.contains(where: \.hasDuplicateMembers)
        case .object(let members):
            Set(members.map { ByteString($0.name) }).count < members.count
                || members.contains(where: \.value.hasDuplicateMembers)
        }
    }

    /// The string, or `nil` when this is not a string.
    package var string: String? {
        if case .string(let string) = self { string } else { nil }
    }

    /// The nearest floating-point number, or `nil` when this is not a number.
    package var double: Double? {
        if case .number(let lexeme) = self { Double(lexeme) } else { nil }
    }
}

extension JSONValue {
    /// Compares strings by their bytes, see `ByteString`.
    package static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.number(let left), .number(let right)): left.hasSameBytes(as: right)
        case (.string(let left), .string(let right)): left.hasSameBytes(as: right)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        case (.null, _), (.bool, _), (.number, _), (.string, _), (.array, _), (.object, _): false
        }
    }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let flag): hasher.combine(flag)
        case .number(let text), .string(let text): hasher.combine(ByteString(text))
        case .array(let elements): hasher.combine(elements)
        case .object(let members): hasher.combine(members)
        }
    }
}

/// A member of a JSON object.
package struct JSONMember: Hashable, Sendable {
    /// The name without escapes.
    package let name: String
    /// The value.
    package let value: JSONValue

    package static func == (left: JSONMember, right: JSONMember) -> Bool {
        left.name.hasSameBytes(as: right.name) && left.value == right.value
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(ByteString(name))
        hasher.combine(value)
    }

    /// Creates a member.
    package init(name: String, value: JSONValue) {
        self.name = name
        self.value = value
    }
}

/// The error for input that is not JSON.
package struct JSONError: Error, Hashable, Sendable {
    /// The position of the error in bytes from the beginning.
    package let offset: Int
    /// What the input must be, in words for clients.
    package let reason: String
}
