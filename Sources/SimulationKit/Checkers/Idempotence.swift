import Bookings

/// One key, one booking, equal bytes.
enum Idempotence {
    /// How long a key is kept; after that it is a new one.
    private static let kept = Duration.seconds(24 * 60 * 60)

    private struct Scope: Hashable {
        let caller: Caller
        let key: String
        let kind: History.Call.Kind
        /// The path of an action names its booking; that of a create names none.
        let booking: BookingID?
    }

    static func find(_ history: History) -> [Finding] {
        let made = bookingsMade(history)
        return uses(history.calls).flatMap { calls -> [Finding] in
            [answersDiffer(calls), makesSeveral(calls, made)].compactMap { $0 }
        }
    }

    /// The calls of each key, in the order in which the keys were first used.
    private static func uses(_ calls: [History.Call]) -> [[History.Call]] {
        var places: [Scope: Int] = [:]
        var uses: [[History.Call]] = []
        for call in calls.sorted(by: { $0.sent < $1.sent }) where call.isWrite {
            guard let key = call.key else { continue }
            let scope = Scope(
                caller: call.caller, key: key, kind: call.kind, booking: call.kind == .create ? nil : call.booking)
            if let place = places[scope], call.at < uses[place][0].at + kept {
                uses[place].append(call)
            } else {
                places[scope] = uses.count
                uses.append([call])
            }
        }
        return uses
    }

    private static func answersDiffer(_ calls: [History.Call]) -> Finding? {
        let decided = calls.filter(isDecided)
        guard let first = decided.first,
            let other = decided.first(where: {
                $0.status != first.status || !$0.text.utf8.elementsEqual(first.text.utf8)
            })
        else { return nil }
        let statuses = "\(first.status ?? 0) to \(first.request), \(other.status ?? 0) to \(other.request)"
        return Finding(
            "\(key(of: first)) has different answers: \(statuses)", booking: first.row?.id ?? first.booking,
            at: other.at)
    }

    /// Decided on valid input, and so kept.
    private static func isDecided(_ call: History.Call) -> Bool {
        switch call.status {
        case 404, 412: true
        case 409: !call.isInProgress
        default: call.isSuccess
        }
    }

    private static func makesSeveral(_ calls: [History.Call], _ made: [String: [BookingID]]) -> Finding? {
        guard calls[0].kind == .create else { return nil }
        let bookings = Set(calls.compactMap(\.row?.id)).union(calls.flatMap { made[$0.request] ?? [] })
        guard bookings.count > 1 else { return nil }
        return Finding("\(key(of: calls[0])) made \(bookings.count) bookings", booking: bookings.min(), at: calls[0].at)
    }

    /// What each request made, as the bookings' histories say.
    private static func bookingsMade(_ history: History) -> [String: [BookingID]] {
        Dictionary(
            history.finals.compactMap { id, final in final.requests.first.map { ($0, [id]) } }, uniquingKeysWith: +)
    }

    private static func key(of call: History.Call) -> String { "\(call.caller)'s key \(call.key ?? "")" }
}
