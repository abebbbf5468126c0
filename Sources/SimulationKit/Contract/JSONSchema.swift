import Bookings

/// A validator for the part of JSON Schema (draft 2020-12) that the OpenAPI document uses. An unknown keyword is a
/// violation, so that no part of a schema is ignored.
package struct JSONSchema: Sendable {
    private let document: JSONValue

    /// - Parameter document: The document that `$ref` refers to.
    package init(document: JSONValue) {
        self.document = document
    }

    /// Returns the value that a `$ref` refers to, or the value itself. A reference that leads nowhere gives `null`.
    package func resolve(_ value: JSONValue) -> JSONValue {
        guard let reference = value["$ref"]?.string else { return value }
        let target = reference.split(separator: "/").dropFirst().reduce(Optional(document)) { $0?[String($1)] }
        return target.map(resolve) ?? .null
    }

    /// Returns the violations of the schema, each with the path of the value; none when the value is valid.
    package func violations(_ value: JSONValue, _ schema: JSONValue, at path: String = "") -> [String] {
        guard case .object(let keywords) = resolve(schema) else { return ["\(path): the schema is missing"] }
        let whole = JSONValue.object(keywords)
        return keywords.flatMap { violations(value, $0.name, $0.value, of: whole, at: path) }
    }

    private func violations(
        _ value: JSONValue, _ keyword: String, _ rule: JSONValue, of schema: JSONValue, at path: String
    ) -> [String] {
        func check(_ isValid: Bool) -> [String] { isValid ? [] : ["\(path): \(value) violates \(keyword) \(rule)"] }
        switch keyword {
        case "description", "examples", "default", "format":
            return keyword == "format" ? check(isFormatted(value, rule)) : []
        case "type": return check(hasType(value, rule.string ?? ""))
        case "enum": return check(elements(rule).contains(value))
        case "const": return check(value == rule)
        case "minimum": return check((value.double ?? 0) >= (rule.double ?? 0))
        case "maximum": return check((value.double ?? 0) <= (rule.double ?? 0))
        case "minLength": return check(Double(value.string?.unicodeScalars.count ?? .max) >= (rule.double ?? 0))
        case "maxLength": return check(Double(value.string?.unicodeScalars.count ?? 0) <= (rule.double ?? 0))
        case "minItems": return check(Double(elements(value).count) >= (rule.double ?? 0))
        case "maxItems": return check(Double(elements(value).count) <= (rule.double ?? 0))
        case "pattern": return check((try? Regex(rule.string ?? "").firstMatch(in: value.string ?? "")) != nil)
        case "allOf": return elements(rule).flatMap { violations(value, $0, at: path) }
        case "oneOf": return check(elements(rule).count { violations(value, $0, at: path).isEmpty } == 1)
        case "items":
            return elements(value).enumerated().flatMap { violations($1, rule, at: "\(path)/\($0)") }
        case "contains": return check(elements(value).contains { violations($0, rule, at: path).isEmpty })
        case "required":
            return elements(rule).compactMap(\.string).filter { value[$0] == nil }.map { "\(path): \($0) is missing" }
        case "properties":
            return members(value).flatMap { member in
                rule[member.name].map { violations(member.value, $0, at: "\(path)/\(member.name)") } ?? []
            }
        case "additionalProperties":
            return members(value).filter { schema["properties"]?[$0.name] == nil }.flatMap { member in
                rule == .bool(false)
                    ? ["\(path): \(member.name) is unknown"]
                    : violations(member.value, rule, at: "\(path)/\(member.name)")
            }
        default: return ["\(path): the keyword \(keyword) is not supported"]
        }
    }

    private func hasType(_ value: JSONValue, _ type: String) -> Bool {
        switch value {
        case .null: type == "null"
        case .bool: type == "boolean"
        case .string: type == "string"
        case .array: type == "array"
        case .object: type == "object"
        case .number(let digits): type == "number" || type == "integer" && Int(digits) != nil
        }
    }

    private func isFormatted(_ value: JSONValue, _ format: JSONValue) -> Bool {
        guard let string = value.string else { return true }
        return switch format.string {
        case "uuid": BookingID(string) != nil
        case "date-time": RFC3339.parse(string) != nil
        default: false
        }
    }

    private func elements(_ value: JSONValue) -> [JSONValue] {
        if case .array(let elements) = value { elements } else { [] }
    }

    private func members(_ value: JSONValue) -> [JSONMember] {
        if case .object(let members) = value { members } else { [] }
    }
}
