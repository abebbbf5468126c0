import Bookings

/// The bookings as they must be in each of their versions, computed from the requests that made the versions.
///
/// Which request made a version is taken from the booking's history; what the request then has to make of the booking is
/// not taken from the service.
struct BookingModel {
    /// One version of a booking, and the request that made it.
    struct Version {
        let booking: Booking
        let action: ActionName
        let maker: History.Call
        /// The booking as every answer must show it.
        let json: JSONValue
    }

    private var versions: [BookingID: [Version]] = [:]

    /// Returns the version, or `nil` when the requests do not tell how it is.
    subscript(id: BookingID, version: Int) -> Version? {
        guard let versions = versions[id], versions.indices.contains(version - 1) else { return nil }
        return versions[version - 1]
    }

    /// Returns the known versions of a booking, from the first on without a gap.
    func versions(of id: BookingID) -> [Version] { versions[id] ?? [] }

    init(_ history: History) {
        let index = BookingEvidenceIndex(history)
        for booking in index.bookings {
            let evidence = index[booking]
            var known: [Version] = []
            while let next = Self.version(known.count + 1, of: booking, after: known.last, evidence, history) {
                known.append(next)
            }
            versions[booking] = known
        }
    }

    /// Returns `nil` when no request is known to have made the version.
    private static func version(
        _ number: Int, of id: BookingID, after last: Version?, _ evidence: BookingEvidence, _ history: History
    ) -> Version? {
        guard let maker = evidence.makers(of: number).first else { return nil }
        let now = instant(of: number, madeBy: maker, evidence, history)
        switch (maker.kind, last) {
        case (.create, nil): return created(id, by: maker, at: now, history).map { Version($0, .create, maker) }
        case (.act(let action), let last?):
            return Version(last.booking.changed(by: action, to: maker.requestedSlot, at: now), action, maker)
        default: return nil
        }
    }

    /// The instant of the change. Where the clocks are exact it is that of the request; otherwise the log tells.
    private static func instant(
        of version: Int, madeBy maker: History.Call, _ evidence: BookingEvidence, _ history: History
    ) -> Timestamp {
        history.clockTolerance == .zero ? maker.at : evidence.occurred[version] ?? maker.at
    }

    private static func created(
        _ id: BookingID, by call: History.Call, at now: Timestamp, _ history: History
    ) -> Booking? {
        guard let provider = call.provider, let number = history.providers.firstIndex(of: provider),
            let slot = call.requestedSlot
        else { return nil }
        let customer: Int? = if case .customer(let number) = call.caller { number } else { nil }
        return .made(
            id: id, providerID: provider, customerID: customer.flatMap { Subject("\(Caller.customer($0))") },
            serviceID: Canary.serviceID(provider: number, customer: customer), slot: slot,
            status: history.initialStatus, at: now)
    }
}

extension BookingModel.Version {
    fileprivate init(_ booking: Booking, _ action: ActionName, _ maker: History.Call) {
        self.init(booking: booking, action: action, maker: maker, json: booking.json)
    }
}

extension Booking {
    /// Returns the next version after an action that was not refused. The table of statuses is written again here, so
    /// that an error in the service's own is seen.
    fileprivate func changed(by action: ActionName, to slot: TimeSlot?, at now: Timestamp) -> Booking {
        var next = self
        next.version += 1
        next.updatedAt = max(now, updatedAt)
        switch action {
        case .create: break
        case .confirm: next.status = .confirmed
        case .decline: next.status = .declined
        case .cancel: next.status = .cancelled
        case .complete: next.status = .completed
        case .noShow: next.status = .noShow
        case .reschedule:
            next.slot = slot ?? self.slot
            next.timesVersion = next.version
        }
        return next
    }

    /// The booking as the API shows it.
    var json: JSONValue {
        var writer = JSONWriter()
        writer.booking(self)
        return (try? JSONValue.parse(writer.bytes)) ?? .null
    }
}

extension JSONValue {
    /// The JSON text, in the form in which the service writes it.
    package var text: String {
        var writer = JSONWriter()
        writer.value(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Returns in what this value differs from the expected one, in words; `nil` when it is the same.
    func difference(from expected: JSONValue) -> String? {
        guard self != expected else { return nil }
        guard case .object(let shown) = self, case .object(let members) = expected else {
            return "is \(text) instead of \(expected.text)"
        }
        for member in members {
            guard let value = self[member.name] else { return "lacks \(member.name)" }
            guard value != member.value else { continue }
            return "has the \(member.name) \(value.text) instead of \(member.value.text)"
        }
        if let extra = shown.first(where: { expected[$0.name] == nil }) { return "has the member \(extra.name)" }
        return "has its members in another order"
    }
}
