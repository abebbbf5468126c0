import Bookings

// Each function adds an error and returns nil for a member that is missing or invalid.
extension BodyReader {
    /// Returns a UUID.
    mutating func identifier<Of>(_ name: String, isRequired: Bool = true, as type: Of.Type = Of.self) -> Identifier<Of>?
    {
        guard let string = string(name, isRequired: isRequired) else { return nil }
        if let id = Identifier<Of>(string) { return id }
        addError(name, "\(name) is not a valid UUID.")
        return nil
    }

    /// Returns a subject, which has 1 to 255 characters.
    mutating func subject(_ name: String, isRequired: Bool) -> Subject? {
        guard let string = string(name, isRequired: isRequired) else { return nil }
        if let subject = Subject(string) { return subject }
        addError(name, "\(name) must have 1 to 255 characters and no control characters.")
        return nil
    }

    /// Returns an RFC 3339 timestamp.
    mutating func timestamp(_ name: String) -> Timestamp? {
        guard let string = string(name, isRequired: true) else { return nil }
        if let instant = RFC3339.parse(string) { return instant }
        addError(name, "\(name) is not a valid RFC 3339 timestamp with an offset in the years 1970 to 9999.")
        return nil
    }

    /// Returns the slot of `start_time` and `end_time`, which must not start before `now`.
    mutating func slot(notBefore now: Timestamp) -> TimeSlot? {
        let start = timestamp("start_time")
        let end = timestamp("end_time")
        if let start, start < now { addError("start_time", "start_time must not be in the past.") }
        guard let start, let end else { return nil }
        do {
            return try TimeSlot(start: start, end: end)
        } catch {
            switch error {
            case .endNotAfterStart: addError("end_time", "end_time must be after start_time.")
            case .longerThanADay: addError("end_time", "end_time must be at most 24 hours after start_time.")
            }
        }
        return nil
    }

    /// Returns an array whose elements are all strings.
    mutating func strings(_ name: String) -> [String]? {
        guard let value = value(name) else {
            addError(name, "\(name) is required.")
            return nil
        }
        guard case .array(let elements) = value, case let strings = elements.compactMap(\.string),
            strings.count == elements.count
        else {
            addError(name, "\(name) must be an array of strings.")
            return nil
        }
        return strings
    }

    /// Returns the default if the member is absent or invalid.
    mutating func integer(_ name: String, in range: ClosedRange<Int>, default defaultValue: Int) -> Int {
        guard let value = value(name) else { return defaultValue }
        if case .number = value, let number = value.double.flatMap({ Int(exactly: $0) }), range.contains(number) {
            return number
        }
        addError(name, "\(name) must be an integer from \(range.lowerBound) to \(range.upperBound).")
        return defaultValue
    }
}
