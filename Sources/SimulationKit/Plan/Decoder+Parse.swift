extension Decoder {
    /// Decodes a string and parses it; throws when `parse` returns `nil`.
    func parse<Value>(_ parse: (String) -> Value?) throws -> Value {
        let string = try singleValueContainer().decode(String.self)
        guard let value = parse(string) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: codingPath, debugDescription: "is not a valid \(Value.self): \(string)"))
        }
        return value
    }
}
