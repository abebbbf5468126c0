import Bookings

/// A step of a scenario file: an instant, repeated or not, with one operation and what it must be answered.
struct ScenarioStep: Decodable, Sendable {
    let at: HumanTime
    /// The distance of repetitions.
    let every: HumanTime?
    /// The number of repetitions, the first included.
    let times: Int?
    let operation: ScenarioOperation
    let expect: ScenarioExpectation?

    private enum Key: String, CodingKey, CaseIterable {
        case at, every, times, expect
        case create, confirm, decline, cancel, reschedule, complete
        case noShow = "no-show"
        case read, history, list, listen, fault
    }

    init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownMembers(Key.self)
        let container = try decoder.container(keyedBy: Key.self)
        at = try container.decode(HumanTime.self, forKey: .at)
        every = try container.decodeIfPresent(HumanTime.self, forKey: .every)
        times = try container.decodeIfPresent(Int.self, forKey: .times)
        expect = try container.decodeIfPresent(ScenarioExpectation.self, forKey: .expect)
        let operations = container.allKeys.filter { ![.at, .every, .times, .expect].contains($0) }
        guard operations.count == 1, let key = operations.first else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "must have exactly one operation, as create"))
        }
        guard times.map({ (1...100_000).contains($0) }) ?? true else {
            throw DecodingError.dataCorruptedError(
                forKey: .times, in: container, debugDescription: "must be from 1 to 100000")
        }
        guard (times ?? 1) == 1 || every != nil else {
            throw DecodingError.dataCorruptedError(
                forKey: .times, in: container, debugDescription: "requires every, the distance of repetitions")
        }
        operation = try container.decode(ScenarioOperation.self, forKey: key)
        kind = Kind(rawValue: key.stringValue) ?? .read
    }

    /// What is done, by the member that holds the operation.
    enum Kind: String, Sendable {
        case create, confirm, decline, cancel, reschedule, complete
        case noShow = "no-show"
        case read, history, list, listen, fault
    }

    let kind: Kind
}

/// What an operation of a scenario file takes; which members it needs depends on its kind.
struct ScenarioOperation: Decodable, Sendable {
    var by: Caller?
    var replica: Int?
    /// The label of a booking. `{n}` is the number of the repetition, from 1.
    var booking: String?
    var provider: Int?
    var start: HumanTime?
    var minutes: Int?
    var key: String?
    var match: Int?
    /// The path of a list.
    var path: String?
    /// The name of a socket or of a fault.
    var name: String?
    /// How long a fault lasts.
    var lasts: HumanTime?
    var amount: Int64?
    var socket: String?

    private enum Key: String, CodingKey, CaseIterable {
        case by, replica, booking, provider, start, minutes, key, match, path, name, amount, socket
        case lasts = "for"
    }

    init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownMembers(Key.self)
        let container = try decoder.container(keyedBy: Key.self)
        by = try container.decodeIfPresent(Caller.self, forKey: .by)
        replica = try container.decodeIfPresent(Int.self, forKey: .replica)
        booking = try container.decodeIfPresent(String.self, forKey: .booking)
        provider = try container.decodeIfPresent(Int.self, forKey: .provider)
        start = try container.decodeIfPresent(HumanTime.self, forKey: .start)
        minutes = try container.decodeIfPresent(Int.self, forKey: .minutes)
        key = try container.decodeIfPresent(String.self, forKey: .key)
        match = try container.decodeIfPresent(Int.self, forKey: .match)
        path = try container.decodeIfPresent(String.self, forKey: .path)
        name = try container.decodeIfPresent(String.self, forKey: .name)
        amount = try container.decodeIfPresent(Int64.self, forKey: .amount)
        socket = try container.decodeIfPresent(String.self, forKey: .socket)
        lasts = try container.decodeIfPresent(HumanTime.self, forKey: .lasts)
    }
}

/// What an operation must be answered: a status alone, or an object.
struct ScenarioExpectation: Decodable, Sendable {
    var status: Int?
    /// The status of the booking in the answer.
    var state: BookingStatus?
    var version: Int?
    /// The number of bookings on the page.
    var rows: Int?

    private enum Key: String, CodingKey, CaseIterable { case status, state, version, rows }

    init(from decoder: any Decoder) throws {
        if let status = try? decoder.singleValueContainer().decode(Int.self) {
            self.status = status
            return
        }
        try decoder.refuseUnknownMembers(Key.self)
        let container = try decoder.container(keyedBy: Key.self)
        status = try container.decodeIfPresent(Int.self, forKey: .status)
        state = try container.decodeIfPresent(BookingStatus.self, forKey: .state)
        version = try container.decodeIfPresent(Int.self, forKey: .version)
        rows = try container.decodeIfPresent(Int.self, forKey: .rows)
    }
}
