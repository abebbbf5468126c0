import Bookings

/// Reads the members of a JSON object by name and type, and collects all errors with their JSON pointers.
struct BodyReader {
    private let members: [JSONMember]
    private let isObject: Bool
    private var knownNames: Set<ByteString> = []
    private(set) var errors: [ValidationError] = []

    /// A value that is not an object counts as an object without members, with one error.
    init(_ json: JSONValue) {
        if case .object(let members) = json {
            self.members = members
            isObject = true
        } else {
            members = []
            isObject = false
            errors.append(ValidationError(pointer: "", detail: "The body must be a JSON object."))
        }
    }

    /// Adds an error for a member. A body that is not an object has only the error that says so.
    mutating func addError(_ name: String, _ detail: String) {
        guard isObject else { return }
        errors.append(ValidationError(pointer: "/" + name, detail: detail))
    }

    /// Returns the value of a member, which becomes a known one; `nil` if it is absent.
    mutating func value(_ name: String) -> JSONValue? {
        knownNames.insert(ByteString(name))
        return members.first { $0.name.hasSameBytes(as: name) }?.value
    }

    /// Returns a string without control characters; `nil` if the member is absent or invalid.
    ///
    /// If the member is not required, `null` counts as absent.
    mutating func string(_ name: String, isRequired: Bool) -> String? {
        switch value(name) {
        case nil:
            if isRequired { addError(name, "\(name) is required.") }
            return nil
        case .null? where !isRequired: return nil
        case .string(let string)?:
            if !string.unicodeScalars.contains(where: \.isControl) { return string }
            addError(name, "\(name) must not contain control characters.")
            return nil
        default:
            addError(name, "\(name) must be a string.")
            return nil
        }
    }

    /// Adds an error for each unknown member and each duplicate. To be called after all known members were read.
    mutating func finish() {
        var seen: Set<ByteString> = []
        for member in members {
            let name = ByteString(member.name)
            if !seen.insert(name).inserted { addError(Self.escaped(member.name), "The member occurs more than once.") }
            if !knownNames.contains(name) { addError(Self.escaped(member.name), "The member is unknown.") }
        }
    }

    /// Escapes a name for a JSON pointer (RFC 6901, section 3).
    private static func escaped(_ name: String) -> String {
        var escaped = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "~": escaped += "~0"
            case "/": escaped += "~1"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
