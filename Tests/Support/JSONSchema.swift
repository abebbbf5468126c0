import Bookings

/// As much of JSON Schema (draft 2020-12) as the service's description uses. A keyword that it does not know is a
/// fault, so that nothing passes unread.
package struct JSONSchema: Sendable {
    private let document: JSONValue

    /// `document`: where `$ref` leads.
    package init(document: JSONValue) {
        self.document = document
    }

    package func resolve(_ value: JSONValue) -> JSONValue {
        guard let reference = value["$ref"]?.string else { return value }
        let place = reference.split(separator: "/").dropFirst().reduce(Optional(document)) { $0?[String($1)] }
        return place.map(resolve) ?? .null
    }

    /// What is wrong with the value, each with its place; empty when it matches.
    package func faults(_ value: JSONValue, _ schema: JSONValue, at place: String = "") -> [String] {
        guard case .object(let keywords) = resolve(schema) else { return ["\(place): the schema is missing"] }
        let whole = JSONValue.object(keywords)
        return keywords.flatMap { faults(value, $0.name, $0.value, of: whole, at: place) }
    }

    private func faults(
        _ value: JSONValue, _ keyword: String, _ rule: JSONValue, of schema: JSONValue, at place: String
    ) -> [String] {
        func check(_ isGood: Bool) -> [String] { isGood ? [] : ["\(place): \(value) breaks \(keyword) \(rule)"] }
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
        case "allOf": return elements(rule).flatMap { faults(value, $0, at: place) }
        case "oneOf": return check(elements(rule).count { faults(value, $0, at: place).isEmpty } == 1)
        case "items":
            return elements(value).enumerated().flatMap { faults($1, rule, at: "\(place)/\($0)") }
        case "contains": return check(elements(value).contains { faults($0, rule, at: place).isEmpty })
        case "required":
            return elements(rule).compactMap(\.string).filter { value[$0] == nil }.map { "\(place): \($0) is missing" }
        case "properties":
            return members(value).flatMap { member in
                rule[member.name].map { faults(member.value, $0, at: "\(place)/\(member.name)") } ?? []
            }
        case "additionalProperties":
            return members(value).filter { schema["properties"]?[$0.name] == nil }.flatMap { member in
                rule == .bool(false)
                    ? ["\(place): \(member.name) is unknown"]
                    : faults(member.value, rule, at: "\(place)/\(member.name)")
            }
        default: return ["\(place): the keyword \(keyword) is not read here"]
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
        guard let text = value.string else { return true }
        return switch format.string {
        case "uuid": BookingID(text) != nil
        case "date-time": RFC3339.parse(text) != nil
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
