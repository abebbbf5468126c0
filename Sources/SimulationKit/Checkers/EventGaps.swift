import Bookings

/// Events that listeners did not have, or the log does not have.
enum EventGaps {
    static func find(_ history: History) -> [Finding] {
        let frames = Dictionary(grouping: history.frames.filter(\.isEvent), by: \.socket)
        let copies = DuplicateDeliveries(history.troubles)
        let sights = Sights(history.log)
        return unlogged(history)
            + history.listeners.sorted { $0.key < $1.key }.compactMap { name, listener in
                let owed = sights.places(of: listener, in: history).map { history.log[$0] }
                return difference(owed, copies.withoutExcused(frames[name] ?? [])).map { what, booking, at in
                    Finding("\(name) \(what)", booking: booking, at: at)
                }
            }
    }

    /// The first place at which a listener's events are not those that it is owed.
    private static func difference(_ owed: [History.Logged], _ received: [History.Frame]) -> (
        String, BookingID?, Timestamp
    )? {
        let place = zip(owed, received).enumerated().first { $1.0.event != $1.1.event }?.offset
        switch place ?? min(owed.count, received.count) {
        case let place where place < received.count:
            let frame = received[place]
            let isOwed = owed.dropFirst(place).contains { $0.event == frame.event }
            guard !isOwed else {
                let missed = owed[place]
                let comesLater = received.dropFirst(place).contains { $0.event == missed.event }
                let what = "received \(frame.name) \(frame.event) \(comesLater ? "before" : "without") \(missed.event)"
                return (what, missed.booking, missed.occurredAt)
            }
            return ("received \(frame.name) \(frame.event), which it is not owed", frame.booking, frame.receivedAt)
        case let place where place < owed.count:
            let missed = owed[place]
            let rest = owed.count - place
            return ("lacks the last \(rest), \(missed.name) \(missed.event) first", missed.booking, missed.occurredAt)
        default:
            return nil
        }
    }

    /// Every version that a write was acknowledged with has one event.
    private static func unlogged(_ history: History) -> [Finding] {
        let changes = LogIndex(history.log).changes
        var seen: Set<VersionKey> = []
        return history.calls.compactMap { call in
            guard call.isWrite, call.isSuccess, !call.isReplay, let row = call.row else { return nil }
            let key = VersionKey(booking: row.id, version: row.version)
            let count = changes[key]?.count ?? 0
            guard count != 1, seen.insert(key).inserted else { return nil }
            return Finding("version \(row.version) of \(row.id) has \(count) events", booking: row.id, at: call.at)
        }
    }
}

/// The places of the log that each kind of listener may see.
private struct Sights {
    private var all: Range<Int>
    private var ofProvider: [ProviderID: [Int]] = [:]
    private var ofCustomer: [String: [Int]] = [:]

    init(_ log: [History.Logged]) {
        all = log.indices
        for (place, logged) in log.enumerated() {
            if let provider = logged.provider { ofProvider[provider, default: []].append(place) }
            if let customer = logged.customer { ofCustomer[customer, default: []].append(place) }
        }
    }

    func places(of listener: History.Listener, in history: History) -> [Int] {
        let visible =
            switch listener.caller {
            case .admin: Array(all)
            case .provider(let index): history.providerID(index).flatMap { ofProvider[$0] } ?? []
            case .customer: ofCustomer[listener.caller.description] ?? []
            case .world: [Int]()
            }
        return Array(visible[visible.bound { $0 >= listener.from }...])
    }
}
