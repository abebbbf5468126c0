/// A JSON text as it was written: members in their order, duplicates kept, numbers by their digits.
public enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// The number's lexeme, which RFC 8259 allows; nothing is rounded.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([JSONMember])

    /// The value of the first member of that name; nil for none, and for what is no object.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The nearest double; nil for what is no number.
    public var double: Double? {
        if case .number(let lexeme) = self { Double(lexeme) } else { nil }
    }
}

public struct JSONMember: Hashable, Sendable {
    public let name: String
    public let value: JSONValue

    public init(name: String, value: JSONValue) {
        self.name = name
        self.value = value
    }
}

/// Where a text stops being JSON, and why.
public struct JSONFault: Error, Hashable, Sendable {
    /// Bytes from the beginning.
    public let offset: Int
    public let reason: String
}
