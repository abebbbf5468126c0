/// A JSON text as it was written: members in their order, duplicates kept, numbers by their digits.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// The number's lexeme, which RFC 8259 allows; nothing is rounded.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([JSONMember])

    /// The value of the first member of that name; nil for none, and for what is no object.
    package subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name.hasSameBytes(as: name) }?.value
    }

    /// Whether an object in it, at any depth, has two members of one name.
    package var hasDuplicateMembers: Bool {
        switch self {
        case .null, .bool, .number, .string: false
        case .array(let elements): elements.contains(where: \.hasDuplicateMembers)
        case .object(let members):
            Set(members.map { ByteString($0.name) }).count < members.count
                || members.contains(where: \.value.hasDuplicateMembers)
        }
    }

    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The nearest double; nil for what is no number.
    package var double: Double? {
        if case .number(let lexeme) = self { Double(lexeme) } else { nil }
    }
}

extension JSONValue {
    /// Texts are compared by their bytes, see `ByteString`.
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

package struct JSONMember: Hashable, Sendable {
    package let name: String
    package let value: JSONValue

    package static func == (left: JSONMember, right: JSONMember) -> Bool {
        left.name.hasSameBytes(as: right.name) && left.value == right.value
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(ByteString(name))
        hasher.combine(value)
    }

    package init(name: String, value: JSONValue) {
        self.name = name
        self.value = value
    }
}

/// Where a text stops being JSON, and why.
package struct JSONError: Error, Hashable, Sendable {
    /// Bytes from the beginning.
    package let offset: Int
    package let reason: String
}
