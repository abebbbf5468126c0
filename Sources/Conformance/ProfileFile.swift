import Bookings
import SimulationKit

/// A profile as its file has it. What it leaves out is as in the contract of this service.
package struct ProfileFile: Decodable {
    let name: String
    let claims: [String: String]?
    let claimed: [String]?
    let events: [String: String]?
    let fields: [String: String]?
    let lead: String?
    let lists: [String: String]?
    let paths: [String: String]?
    let roles: [String: String]?
    let statuses: [String: Int]?
    let transport: String?

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private enum Name: String, CodingKey, CaseIterable {
        case name, claims, claimed, events, fields, lead, lists, paths, roles, statuses, transport
    }

    package init(from decoder: any Decoder) throws {
        let known = Set(Name.allCases.map(\.rawValue))
        let names = try decoder.container(keyedBy: Key.self).allKeys.map(\.stringValue)
        if let unknown = names.sorted().first(where: { !known.contains($0) }) {
            throw DecodingError.dataCorrupted(
                .init(codingPath: [Key(stringValue: unknown)], debugDescription: "is not a member of a profile"))
        }
        let members = try decoder.container(keyedBy: Name.self)
        name = try members.decode(String.self, forKey: .name)
        claims = try members.decodeIfPresent([String: String].self, forKey: .claims)
        claimed = try members.decodeIfPresent([String].self, forKey: .claimed)
        events = try members.decodeIfPresent([String: String].self, forKey: .events)
        fields = try members.decodeIfPresent([String: String].self, forKey: .fields)
        lead = try members.decodeIfPresent(String.self, forKey: .lead)
        lists = try members.decodeIfPresent([String: String].self, forKey: .lists)
        paths = try members.decodeIfPresent([String: String].self, forKey: .paths)
        roles = try members.decodeIfPresent([String: String].self, forKey: .roles)
        statuses = try members.decodeIfPresent([String: Int].self, forKey: .statuses)
        transport = try members.decodeIfPresent(String.self, forKey: .transport)
    }

    /// The profile.
    ///
    /// - Throws: `SimulatorError.usage` that names the member.
    package func profile() throws -> Profile {
        var profile = Profile()
        profile.name = name
        profile.claimed = Set(try (claimed ?? []).map { try Self.parse($0, of: "claimed") })
        try Self.merge(claims, into: &profile.claims, of: "claims")
        try Self.merge(events, into: &profile.events, of: "events")
        try Self.merge(fields, into: &profile.fields, of: "fields")
        try Self.merge(lists, into: &profile.lists, of: "lists")
        try Self.merge(paths, into: &profile.paths, of: "paths")
        try Self.merge(roles, into: &profile.roles, of: "roles")
        try Self.merge(statuses, into: &profile.statuses, of: "statuses")
        if let transport { profile.transport = try Self.parse(transport, of: "transport") }
        if let lead {
            guard let span = VirtualSpan(argument: lead) else {
                throw SimulatorError.usage("lead must be a time like 10m")
            }
            profile.lead = span.duration
        }
        return profile
    }

    private static func parse<Value: RawRepresentable<String> & CaseIterable>(
        _ text: String, of member: String
    ) throws -> Value {
        if let value = Value(rawValue: text) { return value }
        let known = Value.allCases.map(\.rawValue).joined(separator: ", ")
        throw SimulatorError.usage("\(member): \(text) is not one of \(known)")
    }

    private static func merge<Key: RawRepresentable<String> & CaseIterable & Hashable, Value>(
        _ members: [String: Value]?, into values: inout [Key: Value], of member: String
    ) throws {
        for (name, value) in (members ?? [:]).sorted(by: { $0.key < $1.key }) {
            values[try parse(name, of: member)] = value
        }
    }
}
