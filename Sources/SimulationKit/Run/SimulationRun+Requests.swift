import Bookings
import BookingsSQLite

// The requests of clients, and the records of their answers.

extension SimulationRun {
    private struct Request {
        let kind: History.Call.Kind
        let method: String
        let path: String
        var body: String?
        var booking: BookingID?
        var label: String?
        var provider: ProviderID?
        var requestedSlot: TimeSlot?
        var key: String?
        var match: Int?
    }

    /// A prefix of request ids and idempotency keys, which a deployed service remembers from earlier runs.
    private var prefix: String { target.map { _ in "\(plan.settings.begin)-" } ?? "" }

    /// Sends the operation's request, and repeats it on another replica when the plan says so and the outcome is unknown.
    /// Records both calls, and returns the last.
    @discardableResult
    func send(_ operation: Operation, race: Step.Race) async -> History.Call? {
        let race = race == .none && participants.isOpen(operation) ? .free : race
        guard let request = request(operation) else {
            if race != .free { note(["op": operation.name, "status": "skipped"]) }
            return nil
        }
        let first = await send(request, operation, replica: operation.replica, id: prefix + operation.name)
        var last = first
        if let retryReplica = operation.retryOn, first?.hasUnknownOutcome ?? true {
            last = await send(request, operation, replica: retryReplica, id: prefix + operation.name + "/2")
        }
        switch race {
        case .free: break
        case .alike: note(["op": operation.name, "status": last?.status.map { "\($0)" } ?? "lost"])
        case .none: noteAnswers(of: operation, [first, operation.retryOn == nil ? nil : last].compactMap { $0 })
        }
        return last
    }

    private func noteAnswers(of operation: Operation, _ calls: [History.Call]) {
        for call in calls {
            let rows =
                participants.seesRaces(operation.caller)
                ? [] : call.rows?.filter { !participants.isRacy($0.provider) }.map { "\($0.id)/\($0.version)" }
            note([
                "at": RFC3339.string(call.at), "booking": call.row?.id.description ?? "", "op": call.request,
                "rows": rows?.joined(separator: " ") ?? "", "start": call.row.map { RFC3339.string($0.start) } ?? "",
                "state": call.row?.status.rawValue ?? "", "status": call.status.map { "\($0)" } ?? "lost",
                "version": call.row.map { "\($0.version)" } ?? "",
            ])
        }
    }

    /// Returns `nil` when no replica runs.
    private func send(_ request: Request, _ operation: Operation, replica: Int, id: String) async -> History.Call? {
        guard let endpoint = await cluster.endpoint(replica) else { return nil }
        let life = await cluster.life(of: endpoint.replica)
        var headers: [(String, String)] = []
        if let key = request.key { headers.append(("Idempotency-Key", prefix + key)) }
        if let match = request.match {
            headers.append((request.method == "GET" ? "If-None-Match" : "If-Match", "\"\(match)\""))
        }
        let answer = await exchange(
            request.method, request.path, by: operation.caller, at: endpoint, id: id, body: request.body,
            headers: headers, life: life)
        if answer.status == nil, await cluster.isEnding(endpoint.replica, life: life) {
            unanswered.append((id, endpoint.replica, life))
        }
        let call = call(request, operation, id, answer)
        history.calls.append(call)
        if call.kind != .create, call.isSuccess, request.method == "POST", await cluster.holdsReminders {
            history.marks[CoverageMark.cancelBetweenLookAndClaim.name, default: 0] += 1
        }
        if let row = call.row, let label = request.label, (bookings[label]?.version ?? 0) <= row.version {
            bookings[label] = row
        }
        return call
    }

    private func call(
        _ request: Request, _ operation: Operation, _ id: String, _ answer: History.Exchange
    ) -> History.Call {
        let json = answer.json
        let isSuccess = answer.isSuccess
        let isList = if case .list = request.kind { true } else { false }
        let row = isSuccess && !isList ? json.flatMap(History.Row.init) : nil
        return History.Call(
            request: id, caller: operation.caller, replica: answer.replica, kind: request.kind,
            booking: request.booking ?? row?.id, provider: request.provider, requestedSlot: request.requestedSlot,
            key: request.key,
            match: request.match, sent: answer.sent, answered: answer.answered, at: answer.at, status: answer.status,
            isReplay: answer.header("idempotency-replayed") != nil, row: row,
            rows: isSuccess && isList ? json?.rows : nil, body: answer.body)
    }

    /// Returns `nil` when the booking that the operation names was never created.
    private func request(_ operation: Operation) -> Request? {
        switch operation.verb {
        case .create(let label, let provider, let start, let minutes, let key):
            let slot = slot(start, minutes)
            let customer: Int? = if case .customer(let number) = operation.caller { number } else { nil }
            return Request(
                kind: .create, method: "POST", path: "/bookings",
                body: RequestBody.creation(
                    provider: participants.providers[provider],
                    service: Canary.serviceID(provider: provider, customer: customer), slot,
                    isLocal: plan.settings.usesLocalTime),
                label: label, provider: participants.providers[provider], requestedSlot: slot, key: key)
        case .act(let label, let action, let start, let minutes, let match, let key):
            guard let row = bookings[label] else { return nil }
            let requestedSlot = start.map { slot($0, minutes ?? 30) }
            return Request(
                kind: .act(action), method: "POST", path: "/bookings/\(row.id)/\(action.path)",
                body: requestedSlot.map { RequestBody.times($0, isLocal: plan.settings.usesLocalTime) },
                booking: row.id,
                label: label, provider: row.provider, requestedSlot: requestedSlot,
                key: key, match: match)
        case .read(let label): return bookings[label].map { get(.read, "/bookings/\($0.id)", $0, label) }
        case .revalidate(let label, let version):
            return bookings[label].map { row in
                var request = get(.read, "/bookings/\(row.id)", row, label)
                request.match = version ?? row.version
                return request
            }
        case .history(let label): return bookings[label].map { get(.history, "/bookings/\($0.id)/history", $0, nil) }
        case .list(let path): return Request(kind: .list(path), method: "GET", path: path)
        case .walk, .probe, .partition, .listen, .follow, .flawedToken, .presentKey, .publishKeys, .webhook, .fault:
            return nil
        }
    }

    private func get(_ kind: History.Call.Kind, _ path: String, _ row: History.Row, _ label: String?) -> Request {
        Request(kind: kind, method: "GET", path: path, booking: row.id, label: label)
    }

    private func slot(_ start: Int64, _ minutes: Int) -> TimeSlot {
        let start = Timestamp(milliseconds: plan.settings.begin) + .milliseconds(start)
        return .stored(start: start, end: start + .seconds(60 * minutes))
    }

    /// Tries a flawed token on a route and on a socket; neither may accept it.
    func tryToken(_ flaw: TokenFlaw, _ operation: Operation) async {
        guard let endpoint = await cluster.endpoint(operation.replica) else { return }
        let audience = target.map { _ in ProcessEnvironment.value("JWT_AUDIENCE") } ?? ReplicaSetup.audience
        // Where no audience is required, none is wrong.
        if flaw == .wrongAudience, audience == nil { return }
        let now = VirtualClock(at: await cluster.now)
        let token = FlawedToken.make(
            flaw: flaw, subject: participants.subject(of: operation.caller).text, roles: ["admin"],
            audience: audience, issuer: target?.secret ?? ReplicaSetup.secret, clock: now)
        let request = Request(kind: .flawedToken(flaw), method: "GET", path: "/bookings")
        let answer = await exchange(
            request.method, request.path, by: operation.caller, at: endpoint, id: operation.name, token: token)
        history.calls.append(call(request, operation, operation.name, answer))
        let callbacks = SocketClient.Callbacks(received: { _ in }, closed: {})
        if let socket = try? await SocketClient.connect(
            to: endpoint.address, token: token, after: nil, callbacks: callbacks)
        {
            history.flawedTokenSockets.append(flaw)
            await socket.close()
        }
        note(["flaw": flaw.rawValue, "op": operation.name, "status": answer.status.map { "\($0)" } ?? "lost"])
    }
}

extension ActionName {
    /// The last segment of the action's path.
    var path: String { self == .noShow ? "no-show" : rawValue }
}

/// The JSON bodies of requests.
enum RequestBody {
    static func creation(provider: ProviderID, service: ServiceID, _ slot: TimeSlot, isLocal: Bool) -> String {
        #"{"provider_id":"\#(provider)","service_id":"\#(service)","# + times(slot, isLocal: isLocal).dropFirst()
    }

    static func times(_ slot: TimeSlot, isLocal: Bool) -> String {
        let write = isLocal ? local : { RFC3339.string($0) }
        return #"{"start_time":"\#(write(slot.start))","end_time":"\#(write(slot.end))"}"#
    }

    /// The instant at which central Europe's clocks go from 02:00 to 03:00 in 2030.
    private static let summer = RFC3339.parse("2030-03-31T01:00:00Z") ?? .earliest

    private static func local(_ instant: Timestamp) -> String {
        let hours = instant < summer ? 1 : 2
        return RFC3339.string(instant + .seconds(hours * 3600)).dropLast() + "+0\(hours):00"
    }
}
