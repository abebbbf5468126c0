import Bookings

extension Checker {
    /// Searches all answers and frames, errors included, for canaries of another tenant, and compares the owners of
    /// all rows and events with their reader. Nothing excuses a leak.
    static let tenantSealed = Checker(
        "tenant-sealed", "No tenant is shown anything that belongs to another tenant."
    ) { canariesInAnswers($0) + canariesInFrames($0) + foreignRows($0) + foreignEvents($0) }
}

/// Canaries in bodies, which reach fields that the simulator does not parse.
private func canariesInAnswers(_ history: History) -> [Anomaly] {
    history.calls.compactMap { call in
        guard let owners = foreignCanary(in: call.body, for: call.caller) else { return nil }
        return Anomaly(
            "the answer to \(call.request) shows \(call.caller) \(owners)", booking: call.booking, at: call.at)
    }
}

private func canariesInFrames(_ history: History) -> [Anomaly] {
    history.frames.compactMap { frame in
        guard let caller = history.listeners[frame.socket]?.caller,
            let owners = foreignCanary(in: frame.payload, for: caller)
        else { return nil }
        return Anomaly("\(frame.name) shows \(frame.socket) \(owners)", booking: frame.booking, at: frame.receivedAt)
    }
}

private func foreignCanary(in json: String, for caller: Caller) -> String? {
    guard caller != .admin else { return nil }
    let owners = Canary.owners(in: json).first { owners in
        switch caller {
        case .provider(let index): owners.provider != index
        case .customer(let index): owners.customer != index
        case .admin, .world: caller == .world
        }
    }
    return owners.map {
        "a booking of provider-\($0.provider) and customer-\($0.customer.map(String.init) ?? "none")"
    }
}

/// Rows that name other owners than their reader, independent of the canary.
private func foreignRows(_ history: History) -> [Anomaly] {
    history.calls.compactMap { call in
        guard call.caller != .admin, call.isSuccess else { return nil }
        let foreign = call.shownRows.first {
            !history.maySee(call.caller, provider: $0.provider, customer: $0.customer)
        }
        return foreign.map {
            Anomaly("the answer to \(call.request) shows \(call.caller) \($0.id)", booking: $0.id, at: call.at)
        }
    }
}

/// The log names the owners of an event.
private func foreignEvents(_ history: History) -> [Anomaly] {
    let positions = LogIndex(history.log).positions
    return history.frames.compactMap { frame in
        guard let caller = history.listeners[frame.socket]?.caller, caller != .admin,
            let entry = positions[frame.event].map({ history.log[$0] }),
            !history.maySee(caller, provider: entry.provider, customer: entry.customer)
        else { return nil }
        return Anomaly(
            "\(frame.socket) received \(frame.event) of another tenant", booking: frame.booking,
            at: frame.receivedAt)
    }
}
