import Bookings

extension Checker {
    /// Reads the log, the frames and the reads that were answered 404. A socket that subscribed after a booking was
    /// created need not receive its creation. Faults excuse nothing.
    static let eventCausal = Checker(
        "event-causal",
        "The creation of a booking precedes its other events everywhere, and a booking whose creation was announced "
            + "can be read."
    ) { history in
        let index = LogIndex(history.log)
        return logged(history) + received(history, index) + notLogged(history, index) + notFound(history, index)
    }
}

/// Log entries that precede the creation of their booking, or whose booking is not in the database.
private func logged(_ history: History) -> [Anomaly] {
    var created: Set<BookingID> = []
    var unknown: Set<BookingID> = []
    return history.log.flatMap { entry -> [Anomaly] in
        guard let booking = entry.booking else { return [] }
        if entry.name == EventName.created.rawValue { created.insert(booking) }
        var anomalies: [Anomaly] = []
        if !created.contains(booking) {
            anomalies.append(beforeCreation(entry.name, booking, "in the log", entry.occurredAt))
        }
        if history.finalStates[booking] == nil, unknown.insert(booking).inserted {
            anomalies.append(
                Anomaly("\(booking) has events but does not exist", booking: booking, at: entry.occurredAt))
        }
        return anomalies
    }
}

/// Frames that precede the creation of their booking on a socket that must receive the creation.
private func received(_ history: History, _ index: LogIndex) -> [Anomaly] {
    struct Key: Hashable { let socket: String, booking: BookingID }
    var created: Set<Key> = []
    return history.frames.compactMap { frame in
        guard frame.isEvent, let booking = frame.booking else { return nil }
        let key = Key(socket: frame.socket, booking: booking)
        if frame.name == EventName.created.rawValue { created.insert(key) }
        let startPosition = history.listeners[frame.socket]?.startPosition(before: frame.sequence) ?? 0
        guard !created.contains(key), index.created[booking].map({ $0 >= startPosition }) ?? false else { return nil }
        return beforeCreation(frame.name, booking, "on \(frame.socket)", frame.receivedAt)
    }
}

/// Frames that are not in the log, or that the log holds with another name or booking.
private func notLogged(_ history: History, _ index: LogIndex) -> [Anomaly] {
    history.frames.compactMap { frame in
        guard frame.isEvent else { return nil }
        let entry = index.positions[frame.event].map { history.log[$0] }
        guard entry?.name != frame.name || entry?.booking != frame.booking else { return nil }
        return Anomaly(
            "\(frame.socket) received \(frame.name) \(frame.event), which the log "
                + (entry.map { "holds as \($0.name)" } ?? "does not hold"),
            booking: frame.booking, at: frame.receivedAt)
    }
}

/// Reads that did not find a booking although a socket had received its creation before.
private func notFound(_ history: History, _ index: LogIndex) -> [Anomaly] {
    var announced: [BookingID: Int] = [:]
    for frame in history.frames where frame.name == EventName.created.rawValue {
        guard let booking = frame.booking else { continue }
        announced[booking] = min(announced[booking] ?? .max, frame.sequence)
    }
    return history.calls.compactMap { call in
        guard call.kind == .read, call.status == 404, let booking = call.booking,
            // A read that was sent before the announcement arrived may have been executed before the creation.
            announced[booking].map({ $0 < call.sent }) ?? false, let position = index.created[booking],
            case let entry = history.log[position],
            history.maySee(call.caller, provider: entry.provider, customer: entry.customer)
        else { return nil }
        return Anomaly(
            "\(booking) was announced, but \(call.request) did not find it", booking: booking, at: call.at)
    }
}

private func beforeCreation(_ name: String, _ booking: BookingID, _ source: String, _ at: Timestamp) -> Anomaly {
    Anomaly("\(name) of \(booking) precedes its creation \(source)", booking: booking, at: at)
}
