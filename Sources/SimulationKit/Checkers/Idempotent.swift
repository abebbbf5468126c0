import Bookings

extension Checker {
    /// Groups the writes by caller, key and path, and compares the answers that are stored with a key. Lost answers,
    /// 5xx and `request-in-progress` are not stored and say nothing.
    static let idempotent = Checker(
        "idempotent", "One key creates one booking and has one answer, across retries, crashes and replicas."
    ) { history in
        let created = bookingsCreated(history)
        return callsByKey(history.calls).flatMap { calls in
            [differentAnswers(calls), severalBookings(calls, created), wrongReplay(calls)].compactMap { $0 }
        }
    }
}

/// How long a key is kept; a later request with the same key is a new one.
private let keyLifetime = Duration.seconds(24 * 60 * 60)

/// What identifies a key: the same key of another caller or path is another one.
private struct KeyScope: Hashable {
    let caller: Caller
    let key: String
    let kind: History.Call.Kind
    /// The booking in the path of an action; `nil` for a create, whose path has none.
    let booking: BookingID?
}

/// Returns the calls of each key, in the order in which the keys were first used.
private func callsByKey(_ calls: [History.Call]) -> [[History.Call]] {
    var indices: [KeyScope: Int] = [:]
    var groups: [[History.Call]] = []
    for call in calls.sorted(by: { $0.sent < $1.sent }) where call.isWrite {
        guard let key = call.key else { continue }
        let scope = KeyScope(
            caller: call.caller, key: key, kind: call.kind, booking: call.kind == .create ? nil : call.booking)
        if let index = indices[scope], call.at < groups[index][0].at + keyLifetime {
            groups[index].append(call)
        } else {
            indices[scope] = groups.count
            groups.append([call])
        }
    }
    return groups
}

/// Stored answers to one key must agree in status and body, byte by byte.
private func differentAnswers(_ calls: [History.Call]) -> Anomaly? {
    let stored = calls.filter(hasStoredAnswer)
    guard let first = stored.first,
        let other = stored.first(where: {
            $0.status != first.status || !$0.body.utf8.elementsEqual(first.body.utf8)
        })
    else { return nil }
    let statuses = "\(first.status ?? 0) to \(first.request), \(other.status ?? 0) to \(other.request)"
    return Anomaly(
        "\(name(ofKey: first)) has different answers: \(statuses)", booking: first.row?.id ?? first.booking,
        at: other.at)
}

/// Whether the answer is a decision on valid input, which the service stores with the key.
private func hasStoredAnswer(_ call: History.Call) -> Bool {
    switch call.status {
    case 404, 412: true
    case 409: !call.isInProgress
    default: call.isSuccess
    }
}

/// The first request of a key, and of each day, is not answered by a replay. Of its creates that succeed, all but one
/// are.
private func wrongReplay(_ calls: [History.Call]) -> Anomaly? {
    for call in calls where call.isReplay && !calls.contains(where: { $0.sent < call.answered && $0.sent != call.sent })
    {
        return Anomaly("\(call.request) was answered by the replay of no request", booking: call.booking, at: call.at)
    }
    let first = calls.filter { $0.status == 201 && !$0.isReplay }
    guard first.count > 1 else { return nil }
    return Anomaly(
        "\(first[1].request) was answered as if \(name(ofKey: first[1])) were new", booking: first[1].booking,
        at: first[1].at)
}

/// A create whose answer was lost counts through the request id in the booking's history.
private func severalBookings(_ calls: [History.Call], _ created: [String: [BookingID]]) -> Anomaly? {
    guard calls[0].kind == .create else { return nil }
    let bookings = Set(calls.compactMap(\.row?.id)).union(calls.flatMap { created[$0.request] ?? [] })
    guard bookings.count > 1 else { return nil }
    return Anomaly(
        "\(name(ofKey: calls[0])) created \(bookings.count) bookings", booking: bookings.min(), at: calls[0].at)
}

/// Returns the bookings that each request created, by the bookings' histories.
private func bookingsCreated(_ history: History) -> [String: [BookingID]] {
    Dictionary(
        history.finalStates.compactMap { id, final in final.requests.first.map { ($0, [id]) } },
        uniquingKeysWith: +)
}

private func name(ofKey call: History.Call) -> String { "\(call.caller)'s key \(call.key ?? "")" }
