import Bookings

extension Checker {
    /// Compares every answer that no fault excuses with what its caller may do and with the versions that its booking may
    /// have had: a refusal that nothing explains is a violation. Refused slots are left to `no-double-booking`, success to
    /// the other checkers.
    static let served = Checker(
        "served", "While no fault is active, every request is answered, and every refusal has its reason.",
        acceptsAbortedRuns: true
    ) { history in
        let model = ServiceModel(history)
        // What ended a run that was given up is reported itself: a replica that hung or died answered nothing then.
        let end = history.wasAborted ? [History.FaultPeriod(name: "", from: history.endedAt, until: .latest)] : []
        let degraded = DegradedPeriods(history.faultPeriods + end)
        let calls = history.calls.compactMap { call -> Anomaly? in
            guard !degraded.isNearFault(call.at), let problem = model.problem(with: call) else { return nil }
            return Anomaly(
                "\(call.request) was answered \(answer(call)), \(problem)", booking: call.booking, at: call.at)
        }
        return tooFewBookings(history) + calls
            + history.unservedReads.map { Anomaly("\($0) while no fault was active", at: nil) }
    }
}

private func answer(_ call: History.Call) -> String { call.status.map { "with \($0)" } ?? "not at all" }

/// A service that makes no bookings keeps every other promise.
private func tooFewBookings(_ history: History) -> [Anomaly] {
    guard !history.wasAborted else { return [] }
    let made = Set(history.calls.filter { $0.kind == .create && $0.isSuccess }.compactMap(\.row?.id))
    guard made.count < history.leastBookings else { return [] }
    return [
        Anomaly(
            "\(made.count) bookings were made; at least \(history.leastBookings) of the plan had to be",
            at: history.endedAt)
    ]
}

/// What the API contract lets a healthy service answer.
private struct ServiceModel {
    private let history: History
    private let timelines: [BookingID: BookingTimeline]
    private let keys: KeyUses
    /// How far the instant at which a request is decided may lie from its sending.
    private static let margin = Duration.seconds(1)

    init(_ history: History) {
        self.history = history
        timelines = Dictionary(uniqueKeysWithValues: BookingTimeline.all(in: history).map { ($0.booking, $0) })
        keys = KeyUses(history.calls)
    }

    /// Returns why the answer must not be, or `nil` when it may.
    func problem(with call: History.Call) -> String? {
        guard let status = call.status, status < 500 else { return "although it was healthy" }
        // What is replayed was judged when it was answered first.
        // How many requests a limit lets through is left to `rate-limit`.
        guard !call.isSuccess, !call.isReplay, status != 429 || history.rateLimit == nil else { return nil }
        switch call.kind {
        case .flawedToken: return nil
        case .list: return "although its caller may list bookings"
        case .create: return refusalOfWrite(call, status) ?? refusalOfCreate(call, status)
        case .read, .history: return refusalOfRead(call, status)
        case .act(let action): return refusalOfWrite(call, status) ?? refusalOfAction(action, call, status)
        }
    }

    /// The reasons for refusals that all writes share. Returns `nil` for one that has such a reason, or may have another.
    private func refusalOfWrite(_ call: History.Call, _ status: Int) -> String? {
        switch status {
        case 401, 429: "although its token is valid and no limit is set"
        case 422: keys.differ(call) ? nil : "although its key was not used for another body"
        case 409 where call.isInProgress: call.key == nil ? "although it has no key" : nil
        case 409 where call.isConflict: call.requestedSlot == nil ? "although it asks for no slot" : nil
        default: nil
        }
    }

    private func refusalOfCreate(_ call: History.Call, _ status: Int) -> String? {
        switch status {
        case 400: startsInThePast(call) ? nil : "although its input is valid"
        case 409: call.isInProgress || call.isConflict ? nil : "although no slot is in its way"
        case 422: nil
        default: "although its caller may create bookings"
        }
    }

    private func refusalOfRead(_ call: History.Call, _ status: Int) -> String? {
        if status == 404 && !mayRead(call) || status == 304 && call.match != nil { return nil }
        return "although its caller may read the booking"
    }

    private func refusalOfAction(_ action: ActionName, _ call: History.Call, _ status: Int) -> String? {
        let isForeign = !mayRead(call)
        switch status {
        case 404: return isForeign ? nil : "although the booking exists"
        case 403:
            let mayNot = call.caller.role == .customer && action != .cancel
            return mayNot || isForeign ? nil : "although its caller may \(action.rawValue)"
        case 400: return startsInThePast(call) ? nil : "although its input is valid"
        case 409 where !call.isInProgress && !call.isConflict:
            return mayRefuse(action, call) ? nil : "although the booking's status allows it"
        case 409, 422: return nil
        case 412: return call.match == nil ? "although it has no If-Match" : nil
        default: return "although its caller may \(action.rawValue)"
        }
    }

    /// Whether the booking belongs to the caller. The owners of one that no answer showed are not known.
    private func mayRead(_ call: History.Call) -> Bool {
        guard let timeline = call.booking.flatMap({ timelines[$0] }), let provider = timeline.provider else {
            return false
        }
        return history.maySee(call.caller, provider: provider, customer: timeline.customer)
    }

    private func startsInThePast(_ call: History.Call) -> Bool {
        call.requestedSlot.map { $0.start <= call.at + Self.margin } ?? false
    }

    /// Whether some version that the booking may have had while the request was in flight does not allow the action.
    private func mayRefuse(_ action: ActionName, _ call: History.Call) -> Bool {
        guard let timeline = call.booking.flatMap({ timelines[$0] }) else { return true }
        return timeline.versions.contains { version in
            version.possibleFrom < call.answered && version.possibleUntil > call.sent
                && [call.at - Self.margin, call.at + Self.margin].contains { version.row.refuses(action, at: $0) }
        }
    }
}

extension History.Row {
    /// Whether the table of statuses of the API contract refuses the action. A repetition is not refused.
    fileprivate func refuses(_ action: ActionName, at now: Timestamp) -> Bool {
        switch action {
        case .create: true
        case .confirm: status != .confirmed && (status != .pending || now >= end)
        case .decline: status != .declined && (status != .pending || now >= end)
        case .cancel: status != .cancelled && (!status.holdsSlot || now >= end)
        case .reschedule: !status.holdsSlot || now >= end
        case .complete: status != .completed && (status != .confirmed || now < start)
        case .noShow: status != .noShow && (status != .confirmed || now < start)
        }
    }
}

/// The uses of idempotency keys, each with what was asked for.
private struct KeyUses {
    private struct Use: Hashable { let caller: Caller, key: String, kind: History.Call.Kind, booking: BookingID? }
    private struct Body: Hashable { let provider: ProviderID?, slot: TimeSlot? }
    private var bodies: [Use: Set<Body>] = [:]

    init(_ calls: [History.Call]) {
        for call in calls {
            guard let use = Self.use(call) else { continue }
            bodies[use, default: []].insert(Body(provider: call.provider, slot: call.requestedSlot))
        }
    }

    private static func use(_ call: History.Call) -> Use? {
        guard let key = call.key else { return nil }
        return Use(caller: call.caller, key: key, kind: call.kind, booking: call.kind == .create ? nil : call.booking)
    }

    /// Whether the call's key was used for different bodies.
    func differ(_ call: History.Call) -> Bool { Self.use(call).map { (bodies[$0]?.count ?? 0) > 1 } ?? false }
}
