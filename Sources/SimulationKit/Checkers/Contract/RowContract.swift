import Bookings

/// The part of `contract` about bookings in answers.
struct RowContract {
    let model: BookingModel
    let providers: Set<ProviderID>

    /// Returns in what a booking differs from the model, in words.
    func violations(_ json: JSONValue) -> [String] {
        guard let row = History.Row(json) else { return ["shows what is no booking: \(json.text)"] }
        guard let version = model[row.id, row.version] else {
            // A deployed service may hold bookings of others.
            return providers.contains(row.provider)
                ? ["shows version \(row.version) of \(row.id), which no request made"] : []
        }
        return json.difference(from: version.json).map { ["shows \(row.id), which \($0)"] } ?? []
    }

    /// Returns what is wrong with the entity tag and the location of an answer that shows one booking.
    func headers(_ exchange: History.Exchange, _ json: JSONValue) -> [String] {
        var violations: [String] = []
        let tag = json.integer("version").map { "\"\($0)\"" }
        if exchange.header("etag") != tag {
            violations.append("has the entity tag \(exchange.header("etag") ?? "none") instead of \(tag ?? "none")")
        }
        let location = exchange.status == 201 ? json["id"]?.string.map { "/bookings/\($0)" } : nil
        if exchange.header("location") != location {
            violations.append(
                "has the location \(exchange.header("location") ?? "none") instead of \(location ?? "none")")
        }
        return violations
    }
}

/// The part of `contract` about the history of a booking.
struct HistoryContract {
    let model: BookingModel
    /// The providers by their index.
    let providers: [ProviderID]

    func violations(_ json: JSONValue, of id: BookingID) -> [String] {
        guard case .array(let entries)? = json["data"] else { return ["has no data"] }
        let versions = model.versions(of: id)
        let shown = zip(entries, versions).enumerated().compactMap { index, pair in
            pair.0.difference(from: entry(pair.1, after: index == 0 ? nil : versions[index - 1]))
                .map { "shows version \(index + 1) in a history that \($0)" }
        }
        let extra = entries.dropFirst(versions.count).isEmpty || versions.isEmpty
        return shown + (extra ? [] : ["shows version \(versions.count + 1), which no request made"])
    }

    /// The entry of a version, with its members sorted by name.
    private func entry(_ version: BookingModel.Version, after last: BookingModel.Version?) -> JSONValue {
        let new = version.json.members
        let old = last?.json.members
        return .object([
            JSONMember(name: "action", value: .string(version.action.rawValue)),
            JSONMember(name: "actor", value: actor(version.maker)),
            JSONMember(name: "after", value: .object(new.filter { !(old ?? []).contains($0) })),
            JSONMember(name: "before", value: old.map { .object($0.filter { !new.contains($0) }) } ?? .null),
            JSONMember(name: "request_id", value: .string(version.maker.request)),
            JSONMember(name: "time", value: .string(RFC3339.string(version.booking.updatedAt))),
            JSONMember(name: "version", value: .number("\(version.booking.version)")),
        ])
    }

    private func actor(_ call: History.Call) -> JSONValue {
        // Providers are named by their id.
        let subject =
            if case .provider(let index) = call.caller { providers[index].description } else {
                call.caller.description
            }
        return .object([
            JSONMember(name: "roles", value: .array([.string(call.caller.role?.rawValue ?? "")])),
            JSONMember(name: "sub", value: .string(subject)),
        ])
    }
}

extension JSONValue {
    /// The members of an object; none for another value.
    var members: [JSONMember] { if case .object(let members) = self { members } else { [] } }
}
