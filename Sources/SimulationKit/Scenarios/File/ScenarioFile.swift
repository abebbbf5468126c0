import Bookings

/// A scenario that its user writes: who does what when, and what must come of it.
///
/// The form is documented in docs/simulator.md, and as a JSON Schema in fixtures/scenario.schema.json.
package struct ScenarioFile: Decodable, Sendable {
    var name: String
    var seed: UInt64?
    var stores: Stores?
    var replicas: Int?
    var customers: Int?
    var providers: Int?
    /// The leads of reminders.
    var leads: [HumanTime]?
    /// Whether bookings must be confirmed.
    var pending: Bool?
    /// The length of the run.
    var duration: HumanTime
    var steps: [ScenarioStep]
    var expect: Totals?

    /// What the whole run must come to.
    struct Totals: Decodable, Sendable {
        var bookings: Int?
        var reminders: Int?
        /// The number of events by name.
        var events: [String: Int]?

        private enum Key: String, CodingKey, CaseIterable { case bookings, reminders, events }

        init(from decoder: any Decoder) throws {
            try decoder.refuseUnknownMembers(Key.self)
            let container = try decoder.container(keyedBy: Key.self)
            bookings = try container.decodeIfPresent(Int.self, forKey: .bookings)
            reminders = try container.decodeIfPresent(Int.self, forKey: .reminders)
            events = try container.decodeIfPresent([String: Int].self, forKey: .events)
        }
    }

    private enum Key: String, CodingKey, CaseIterable {
        case name, seed, stores, replicas, customers, providers, leads, pending, duration, steps, expect
    }

    package init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownMembers(Key.self)
        let container = try decoder.container(keyedBy: Key.self)
        name = try container.decode(String.self, forKey: .name)
        seed = try container.decodeIfPresent(UInt64.self, forKey: .seed)
        stores = try container.decodeIfPresent(Stores.self, forKey: .stores)
        replicas = try container.decodeIfPresent(Int.self, forKey: .replicas)
        customers = try container.decodeIfPresent(Int.self, forKey: .customers)
        providers = try container.decodeIfPresent(Int.self, forKey: .providers)
        leads = try container.decodeIfPresent([HumanTime].self, forKey: .leads)
        pending = try container.decodeIfPresent(Bool.self, forKey: .pending)
        duration = try container.decode(HumanTime.self, forKey: .duration)
        steps = try container.decode([ScenarioStep].self, forKey: .steps)
        expect = try container.decodeIfPresent(Totals.self, forKey: .expect)
    }
}

/// Any member of an object, to find those that are not known.
private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension Decoder {
    /// Throws when the object has a member that no case of `Key` names.
    func refuseUnknownMembers<Key: CodingKey & CaseIterable>(_ keys: Key.Type) throws {
        let known = Key.allCases.map(\.stringValue)
        for member in try container(keyedBy: AnyKey.self).allKeys where !known.contains(member.stringValue) {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: codingPath + [member],
                    debugDescription: "is not known here; known are \(known.joined(separator: ", "))"))
        }
    }
}
