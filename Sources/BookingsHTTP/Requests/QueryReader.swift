import Bookings

/// Reads the parameters of a query by name and type, and collects all errors. Unknown parameters are ignored.
package struct QueryReader {
    private static let invalidEncoding = "is not valid percent-encoded text without control characters."

    private let parameters: [(name: ByteString, value: String?)]
    /// The errors found so far.
    package private(set) var errors: [ValidationError] = []

    /// `query`: the query component of a URI without the question mark, still percent-encoded; `nil` for none.
    package init(_ query: String?) {
        parameters = (query ?? "").utf8.split(separator: UInt8(ascii: "&")).map { pair in
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
                .map { Substring($0) }
            let name = PercentEncoding.decode(form: parts[0]) ?? String(parts[0])
            return (ByteString(name), parts.count > 1 ? PercentEncoding.decode(form: parts[1]) : "")
        }
    }

    /// Adds an error for a parameter.
    package mutating func addError(_ name: String, _ detail: String) {
        errors.append(ValidationError(pointer: "/query/" + name, detail: detail))
    }

    /// Returns whether a parameter occurs, valid or not.
    func contains(_ name: String) -> Bool {
        let bytes = ByteString(name)
        return parameters.contains { $0.name == bytes }
    }

    /// Returns the value of a parameter that must occur at most once; `nil` if it is absent or invalid.
    package mutating func string(_ name: String) -> String? {
        let bytes = ByteString(name)
        guard let index = parameters.firstIndex(where: { $0.name == bytes }) else { return nil }
        guard !parameters[(index + 1)...].contains(where: { $0.name == bytes }) else {
            addError(name, "\(name) must occur once.")
            return nil
        }
        guard let value = parameters[index].value, !value.unicodeScalars.contains(where: \.isControl) else {
            addError(name, "\(name) \(Self.invalidEncoding)")
            return nil
        }
        return value
    }

    /// Returns the valid values of a parameter that may occur several times.
    package mutating func strings(_ name: String) -> [String] {
        let bytes = ByteString(name)
        let values = parameters.filter { $0.name == bytes }.map(\.value)
        if values.contains(nil) { addError(name, "\(name) \(Self.invalidEncoding)") }
        return values.compactMap { $0 }
    }

    /// `nil` if the parameter is absent or invalid. A range up to `Int.max` has no upper bound for clients.
    package mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let string = string(name) else { return nil }
        if string.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(string), range.contains(number) {
            return number
        }
        let bounds =
            range.upperBound == .max
            ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
        addError(name, "\(name) must be an integer \(bounds).")
        return nil
    }

    /// `nil` if the parameter is absent or invalid.
    package mutating func timestamp(_ name: String) -> Timestamp? {
        guard let string = string(name) else { return nil }
        // The plus sign of an offset that was sent unescaped is decoded as a space, which no timestamp contains.
        if let instant = RFC3339.parse(string.replacing(" ", with: "+")) { return instant }
        addError(name, "\(name) is not a valid RFC 3339 timestamp with an offset.")
        return nil
    }

    /// `nil` if the parameter is absent or invalid.
    package mutating func identifier<Of>(_ name: String, as type: Of.Type = Of.self) -> Identifier<Of>? {
        guard let string = string(name) else { return nil }
        if let id = Identifier<Of>(string) { return id }
        addError(name, "\(name) is not a valid UUID.")
        return nil
    }
}

extension QueryReader {
    /// Returns the cursor that `open` reads; adds an error if the parameter is no cursor of this request.
    mutating func cursor<Cursor>(_ name: String, open: (String) -> Cursor?) -> Cursor? {
        guard let string = string(name) else { return nil }
        if let cursor = open(string) { return cursor }
        addError(name, "\(name) is not a valid cursor for this request.")
        return nil
    }

    /// Throws 400 with all errors, if there are any.
    func throwErrors() throws(Problem) {
        guard errors.isEmpty else { throw .validation(errors) }
    }
}
