import Bookings

/// The JSON object in the body of a request to the control API.
struct ControlBody {
    private let json: JSONValue

    init(_ bytes: [UInt8]) throws {
        guard let json = try? JSONValue.parse(bytes), case .object = json else {
            throw ControlProblem(status: 400, detail: "the body must be a JSON object")
        }
        self.json = json
    }

    /// Rejects members with other names.
    func allow(_ names: Set<String>) throws {
        guard case .object(let members) = json, let unknown = members.first(where: { !names.contains($0.name) }) else {
            return
        }
        throw ControlProblem(member: unknown.name, "is not known: \(names.sorted().joined(separator: ", "))")
    }

    func text(_ name: String) throws -> String? {
        guard let value = json[name] else { return nil }
        guard let text = value.string else { throw ControlProblem(member: name, "must be a string") }
        return text
    }

    /// A span of time with its unit: `90s`, `10m`, `12h`, `1d`.
    func span(_ name: String) throws -> Duration? {
        guard let value = json[name] else { return nil }
        guard let span = value.string.flatMap({ VirtualSpan(argument: $0) }) else {
            throw ControlProblem(member: name, "must be a whole number with a unit: 90s, 10m, 12h, 1d")
        }
        return span.duration
    }

    func integer(_ name: String) throws -> Int64? {
        guard let value = json[name] else { return nil }
        guard case .number(let text) = value, let integer = Int64(text) else {
            throw ControlProblem(member: name, "must be a whole number")
        }
        return integer
    }

    func texts(_ name: String) throws -> [String] {
        guard case .array(let values)? = json[name], values.allSatisfy({ $0.string != nil }) else {
            throw ControlProblem(member: name, "must be an array of strings")
        }
        return values.compactMap(\.string)
    }
}
