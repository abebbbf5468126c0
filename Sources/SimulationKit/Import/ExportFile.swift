import Bookings

/// A stretch of a service's log, as `BookingsServer export` writes it.
package struct ExportFile: Sendable {
    /// A booking, with the hash of its customer.
    struct Row: Hashable, Sendable {
        let id: BookingID
        let provider: ProviderID
        let customer: String?
        let slot: TimeSlot
        let status: BookingStatus
    }

    /// A change of a booking.
    struct Change: Hashable, Sendable {
        let action: ActionName
        let at: Timestamp
        let row: Row
        let roles: [Role]
        let request: String
    }

    let from: Timestamp
    let to: Timestamp
    let leads: [Int64]
    let isPendingFirst: Bool
    /// The bookings of the stretch that were made before it, as they were then.
    private(set) var before: [Row] = []
    /// In the order of the log.
    private(set) var changes: [Change] = []
    private(set) var lateReminders = 0
    private(set) var replays = 0

    /// Reads the lines of a file.
    ///
    /// - Throws: `SimulatorError.usage` with the number of the first line that cannot be used.
    package init(_ text: String) throws {
        let lines = text.split(whereSeparator: \.isNewline)
        guard let first = lines.first, let head = Self.parse(first), head["export"]?.double == 1,
            let from = head.instant("from"), let to = head.instant("to"), from < to,
            case .array(let leads)? = head["lead_minutes"]
        else { throw SimulatorError.usage("line 1 is not the head of an export") }
        (self.from, self.to) = (from, to)
        self.leads = leads.compactMap { $0.double.map { Int64($0 * 60_000) } }
        isPendingFirst = head["initial_status"]?.string == BookingStatus.pending.rawValue
        for (index, line) in lines.enumerated().dropFirst() {
            guard let json = Self.parse(line), add(json) else {
                throw SimulatorError.usage("line \(index + 1) is neither a booking nor an event of an export")
            }
        }
    }

    private static func parse(_ line: Substring) -> JSONValue? { try? JSONValue.parse(Array(line.utf8)) }

    /// Returns `false` for a line of another form.
    private mutating func add(_ json: JSONValue) -> Bool {
        if let before = json["before"] {
            guard let row = Row(before) else { return false }
            self.before.append(row)
            return true
        }
        if let reminder = json["reminder"] {
            if reminder["replay"] == .bool(true) { replays += 1 }
            if reminder["late"] == .bool(true), reminder["replay"] != .bool(true) { lateReminders += 1 }
            return true
        }
        guard let action = (json["action"]?.string).flatMap({ ActionName(rawValue: $0) }),
            let at = json.instant("occurred_at"), let row = json["booking"].flatMap({ Row($0) })
        else { return false }
        var roles: [Role] = []
        if case .array(let names)? = json["actor"]?["roles"] {
            roles = names.compactMap { $0.string.flatMap { Role(rawValue: $0) } }
        }
        changes.append(
            Change(action: action, at: at, row: row, roles: roles, request: json["request_id"]?.string ?? ""))
        return true
    }
}

extension ExportFile.Row {
    fileprivate init?(_ json: JSONValue) {
        guard let id = (json["id"]?.string).flatMap({ BookingID($0) }),
            let provider = (json["provider_id"]?.string).flatMap({ ProviderID($0) }),
            let start = json.instant("start_time"), let end = json.instant("end_time"), start < end,
            let status = (json["status"]?.string).flatMap({ BookingStatus(rawValue: $0) })
        else { return nil }
        self.init(
            id: id, provider: provider, customer: json["customer_id"]?.string, slot: .stored(start: start, end: end),
            status: status)
    }
}
