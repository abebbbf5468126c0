import Bookings

/// Takes the members of a JSON body by name and type, and gathers every fault with its pointer.
struct BodyReader {
    private let members: [JSONMember]
    private(set) var faults: [ValidationError] = []
    private var taken: Set<ByteString> = []
    private let isObject: Bool

    init(_ json: JSONValue) {
        if case .object(let members) = json {
            self.members = members
            isObject = true
        } else {
            members = []
            isObject = false
            faults.append(ValidationError(pointer: "", detail: "The body must be a JSON object."))
        }
    }

    /// What is no object has no members that could be faulty.
    mutating func fault(_ name: String, _ detail: String) {
        guard isObject else { return }
        faults.append(ValidationError(pointer: "/" + name, detail: detail))
    }

    mutating func identifier<Of>(_ name: String, as type: Of.Type = Of.self) -> Identifier<Of>? {
        guard let text = text(name, isRequired: true) else { return nil }
        if let id = Identifier<Of>(text) { return id }
        fault(name, "\(name) must be a UUID.")
        return nil
    }

    mutating func optionalIdentifier<Of>(_ name: String, as type: Of.Type = Of.self) -> Identifier<Of>? {
        guard let text = text(name, isRequired: false) else { return nil }
        if let id = Identifier<Of>(text) { return id }
        fault(name, "\(name) must be a UUID.")
        return nil
    }

    /// `isRequired` false: absent and null are nil without a fault.
    mutating func subject(_ name: String, isRequired: Bool) -> Subject? {
        guard let text = text(name, isRequired: isRequired) else { return nil }
        if let subject = Subject(text) { return subject }
        fault(name, "\(name) must have 1 to 255 characters and no control characters.")
        return nil
    }

    mutating func timestamp(_ name: String) -> Timestamp? {
        guard let text = text(name, isRequired: true) else { return nil }
        if let instant = RFC3339.parse(text) { return instant }
        fault(name, "\(name) must be an RFC 3339 time with an offset, in the years 1970 to 9999.")
        return nil
    }

    /// Both ends of a slot, with the rules for them. A start before `now` is a fault.
    mutating func slot(notBefore now: Timestamp) -> TimeSlot? {
        let start = timestamp("start_time")
        let end = timestamp("end_time")
        if let start, start < now { fault("start_time", "start_time must not be in the past.") }
        guard let start, let end else { return nil }
        do throws(TimeSlot.IntervalError) {
            return try TimeSlot(start: start, end: end)
        } catch {
            switch error {
            case .endNotAfterStart: fault("end_time", "end_time must be after start_time.")
            case .longerThanADay: fault("end_time", "A booking must not be longer than 24 hours.")
            }
        }
        return nil
    }

    mutating func strings(_ name: String) -> [String]? {
        guard let value = value(name) else {
            fault(name, "\(name) is required.")
            return nil
        }
        guard case .array(let elements) = value, case let texts = elements.compactMap(\.string),
            texts.count == elements.count
        else {
            fault(name, "\(name) must be an array of strings.")
            return nil
        }
        return texts
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int>, or fallback: Int) -> Int {
        guard let value = value(name) else { return fallback }
        if case .number = value, let number = value.double.flatMap({ Int(exactly: $0) }), range.contains(number) {
            return number
        }
        fault(name, "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound).")
        return fallback
    }

    /// To be called when everything known was taken: what is left is unknown, what stands twice is a fault.
    mutating func finish() {
        var seen: Set<ByteString> = []
        for member in members {
            let name = ByteString(member.name)
            let isNew = seen.insert(name).inserted
            let isKnown = taken.contains(name)
            if isNew, isKnown { continue }
            let pointer = Self.pointer(to: member.name)
            if !isNew { fault(pointer, "The field is named twice.") }
            if !isKnown { fault(pointer, "The field is unknown.") }
        }
    }

    /// The escapes of RFC 6901, section 3.
    private static func pointer(to name: String) -> String {
        var pointer = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "~": pointer += "~0"
            case "/": pointer += "~1"
            default: pointer.unicodeScalars.append(scalar)
            }
        }
        return pointer
    }

    private mutating func value(_ name: String) -> JSONValue? {
        taken.insert(ByteString(name))
        return members.first { $0.name.hasSameBytes(as: name) }?.value
    }

    private mutating func text(_ name: String, isRequired: Bool) -> String? {
        switch value(name) {
        case nil:
            if isRequired { fault(name, "\(name) is required.") }
            return nil
        case .null? where !isRequired: return nil
        case .string(let text)?:
            if !text.unicodeScalars.contains(where: \.isControl) { return text }
            fault(name, "\(name) must not have control characters.")
            return nil
        default:
            fault(name, "\(name) must be a string.")
            return nil
        }
    }
}
