import Bookings

extension Checker {
    /// Compares the frames of each socket with the part of the log that its caller may see from its subscription on.
    /// A fault excuses a repeated delivery after a reconnect, never a missing event.
    static let eventGapless = Checker(
        "event-gapless", "Each listener receives every event that it may see once and in the log's order."
    ) { history in
        let frames = Dictionary(grouping: history.frames.filter(\.isEvent), by: \.socket)
        let duplicates = DuplicateDeliveries(history.faultPeriods)
        let visible = VisiblePositions(history.log)
        let gaps = history.listeners.sorted { $0.key < $1.key }.compactMap { socket, listener in
            let expected = visible.positions(for: listener, in: history).map { history.log[$0] }
            return difference(expected, duplicates.removingExcused(from: frames[socket] ?? []), on: socket)
        }
        return notLogged(history) + gaps
    }
}

/// Returns the first difference between what a socket had to receive and what it received.
private func difference(
    _ expected: [History.LogEntry], _ received: [History.Frame], on socket: String
) -> Anomaly? {
    let index =
        zip(expected, received).enumerated().first { $1.0.event != $1.1.event }?.offset
        ?? min(expected.count, received.count)
    guard index < received.count else {
        guard index < expected.count else { return nil }
        // One anomaly a socket is enough: everything behind a gap differs as well.
        let missing = expected[index]
        return Anomaly(
            "\(socket) lacks the last \(expected.count - index) events, \(missing.name) \(missing.event) first",
            booking: missing.booking, at: missing.occurredAt)
    }
    let frame = received[index]
    // A frame that is expected later reveals a gap or a wrong order; any other frame does not belong here.
    guard expected.dropFirst(index).contains(where: { $0.event == frame.event }) else {
        return Anomaly(
            "\(socket) received \(frame.name) \(frame.event), which it must not receive here",
            booking: frame.booking, at: frame.receivedAt)
    }
    let missing = expected[index]
    let comesLater = received.dropFirst(index).contains { $0.event == missing.event }
    return Anomaly(
        "\(socket) received \(frame.name) \(frame.event) \(comesLater ? "before" : "without") \(missing.event)",
        booking: missing.booking, at: missing.occurredAt)
}

/// Acknowledged versions that do not have exactly one event in the log.
private func notLogged(_ history: History) -> [Anomaly] {
    let changes = LogIndex(history.log).changes
    var seen: Set<VersionKey> = []
    return history.calls.compactMap { call in
        guard call.isWrite, call.isSuccess, !call.isReplay, let row = call.row else { return nil }
        let key = VersionKey(booking: row.id, version: row.version)
        // None is a lost event, several are a repeated one.
        let count = changes[key]?.count ?? 0
        guard count != 1, seen.insert(key).inserted else { return nil }
        return Anomaly("version \(row.version) of \(row.id) has \(count) events", booking: row.id, at: call.at)
    }
}
