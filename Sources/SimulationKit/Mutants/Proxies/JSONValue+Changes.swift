import Bookings

extension JSONValue {
    /// Replaces the member at the path, if it is there.
    mutating func change(_ path: String..., to change: (JSONValue) -> JSONValue) { self.change(path[...], change) }

    private mutating func change(_ path: ArraySlice<String>, _ change: (JSONValue) -> JSONValue) {
        guard let name = path.first else {
            self = change(self)
            return
        }
        guard case .object(var members) = self, let index = members.firstIndex(where: { $0.name == name }) else {
            return
        }
        var value = members[index].value
        value.change(path.dropFirst(), change)
        members[index] = JSONMember(name: name, value: value)
        self = .object(members)
    }

    /// Changes each element of the member's array.
    mutating func changeElements(of name: String, _ change: (inout JSONValue) -> Void) {
        self.change(name) { value in
            guard case .array(var elements) = value else { return value }
            for index in elements.indices { change(&elements[index]) }
            return .array(elements)
        }
    }

    /// Changes the array of the member.
    mutating func changeArray(_ name: String, _ change: (inout [JSONValue]) -> Void) {
        self.change(name) { value in
            guard case .array(var elements) = value else { return value }
            change(&elements)
            return .array(elements)
        }
    }

    /// Removes the member of an object.
    mutating func remove(_ name: String) {
        if case .object(let members) = self { self = .object(members.filter { $0.name != name }) }
    }

    /// A second after this instant.
    var secondLater: JSONValue {
        guard let instant = string.flatMap({ RFC3339.parse($0) }) else { return self }
        return .string(RFC3339.string(instant + .seconds(1)))
    }

    /// The number after this one.
    var incremented: JSONValue { double.map { .number("\(Int($0) + 1)") } ?? self }
}
