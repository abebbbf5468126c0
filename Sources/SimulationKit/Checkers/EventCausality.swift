import Bookings

/// Events in the order of their causes, and none of what did not happen.
enum EventCausality {
    static func find(_ history: History) -> [Finding] {
        let index = LogIndex(history.log)
        return logged(history) + received(history, index) + strangers(history, index) + notFound(history, index)
    }

    private static func logged(_ history: History) -> [Finding] {
        var created: Set<BookingID> = []
        var unknown: Set<BookingID> = []
        return history.log.flatMap { logged -> [Finding] in
            guard let booking = logged.booking else { return [] }
            if logged.name == EventName.created.rawValue { created.insert(booking) }
            var findings: [Finding] = []
            if !created.contains(booking) {
                findings.append(early(logged.name, booking, "in the log", logged.occurredAt))
            }
            if history.finals[booking] == nil, unknown.insert(booking).inserted {
                findings.append(
                    Finding("\(booking) has events and does not exist", booking: booking, at: logged.occurredAt))
            }
            return findings
        }
    }

    /// A socket that began to listen after the creation is not owed it.
    private static func received(_ history: History, _ index: LogIndex) -> [Finding] {
        struct Key: Hashable { let socket: String, booking: BookingID }
        var created: Set<Key> = []
        return history.frames.compactMap { frame in
            guard frame.isEvent, let booking = frame.booking else { return nil }
            let key = Key(socket: frame.socket, booking: booking)
            if frame.name == EventName.created.rawValue { created.insert(key) }
            let from = history.listeners[frame.socket]?.from ?? 0
            guard !created.contains(key), index.created[booking].map({ $0 >= from }) ?? false else { return nil }
            return early(frame.name, booking, "on \(frame.socket)", frame.receivedAt)
        }
    }

    private static func strangers(_ history: History, _ index: LogIndex) -> [Finding] {
        history.frames.compactMap { frame in
            guard frame.isEvent else { return nil }
            let logged = index.places[frame.event].map { history.log[$0] }
            guard logged?.name != frame.name || logged?.booking != frame.booking else { return nil }
            return Finding(
                "\(frame.socket) received \(frame.name) \(frame.event), which the log "
                    + (logged.map { "holds as \($0.name)" } ?? "does not hold"),
                booking: frame.booking, at: frame.receivedAt)
        }
    }

    /// What was announced is there to be read.
    private static func notFound(_ history: History, _ index: LogIndex) -> [Finding] {
        var announced: [BookingID: Int] = [:]
        for frame in history.frames where frame.name == EventName.created.rawValue {
            guard let booking = frame.booking else { continue }
            announced[booking] = min(announced[booking] ?? .max, frame.sequence)
        }
        return history.calls.compactMap { call in
            guard call.kind == .read, call.status == 404, let booking = call.booking,
                announced[booking].map({ $0 < call.sent }) ?? false, let place = index.created[booking],
                case let made = history.log[place],
                history.maySee(call.caller, provider: made.provider, customer: made.customer)
            else { return nil }
            return Finding("\(booking) was announced, and \(call.request) finds none", booking: booking, at: call.at)
        }
    }

    private static func early(_ name: String, _ booking: BookingID, _ where: String, _ at: Timestamp) -> Finding {
        Finding("\(name) of \(booking) comes before its creation \(`where`)", booking: booking, at: at)
    }
}
