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
            let expected = visible.positions(for: listener, in: history)
            let received = duplicates.removingExcused(from: frames[socket] ?? [])
            return GapSearch(socket: socket, listener: listener, history: history).first(expected, received)
        }
        return notLogged(history) + gaps
    }
}

/// Finds the first difference between what a listener had to receive and what it received.
private struct GapSearch {
    let socket: String
    let listener: History.Listener
    let history: History

    /// What the listener received between two of its beginnings is the start of what it had to receive; after the last
    /// one it is all of it.
    ///
    /// - Parameter expected: The positions of all events that it may see.
    func first(_ expected: [Int], _ received: [History.Frame]) -> Anomaly? {
        var received = received[...]
        var start = listener.startPosition
        for resync in listener.resyncs {
            let before = received.prefix { $0.sequence < resync.sequence }
            let missable = expected.filter { start <= $0 && $0 < resync.position }.map { history.log[$0] }
            if let anomaly = difference(Array(missable.prefix(before.count)), Array(before)) { return anomaly }
            if let anomaly = needless(resync, after: before.last, from: start) { return anomaly }
            received = received.dropFirst(before.count)
            start = resync.position
        }
        return difference(expected.filter { $0 >= start }.map { history.log[$0] }, Array(received))
    }

    /// A listener has to begin anew only when an event behind its last one is older than the service keeps events.
    private func needless(_ resync: History.Resync, after frame: History.Frame?, from start: Int) -> Anomaly? {
        let last = frame.flatMap { frame in history.log.lastIndex { $0.event == frame.event } }.map { $0 + 1 } ?? start
        let keptSince = resync.at - history.retention + history.clockTolerance
        let missed = history.log.dropFirst(last).prefix(max(0, resync.position - last))
        guard !missed.contains(where: { $0.occurredAt < keptSince }) else { return nil }
        return Anomaly("\(socket) had to begin anew although every event behind its cursor was kept", at: resync.at)
    }

    private func difference(_ expected: [History.LogEntry], _ received: [History.Frame]) -> Anomaly? {
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
