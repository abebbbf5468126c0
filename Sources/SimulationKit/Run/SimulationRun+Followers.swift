import Bookings

extension SimulationRun {
    /// A client that reads the events behind its cursor from time to time.
    struct Follower {
        let caller: Caller
        let transport: ListenerTransport
        var cursor: String
        var connections = 0
        var replica: Int
        /// The private id of its socket, for connection state recovery.
        var privateID: String?
    }

    /// Notes where a client begins to listen, or reads all that it missed since.
    func follow(_ name: String, _ transport: ListenerTransport, _ operation: Operation) async throws {
        guard let endpoint = await cluster.endpoint(operation.replica) else { return }
        guard followers[name] != nil else {
            guard let (cursor, count) = try await logEnd(for: operation.caller, at: endpoint) else { return }
            history.listeners[name] = History.Listener(
                caller: operation.caller, startPosition: count, startedAt: await cluster.now, isLive: false)
            var follower = Follower(
                caller: operation.caller, transport: transport, cursor: cursor, replica: operation.replica)
            if transport == .recovery {
                let connect = ConnectPayload(token: participants.token(of: operation.caller), after: cursor)
                follower.privateID = await web.polledEvents(of: endpoint.address.url, connect, count: 0).privateID
            }
            followers[name] = follower
            return
        }
        await catchUp(name, at: endpoint)
    }

    /// Lets every client read what it has not read yet.
    func followAll() async {
        for name in followers.keys.sorted() {
            guard let endpoint = await cluster.endpoint(followers[name]?.replica ?? 0) else { continue }
            await catchUp(name, at: endpoint)
        }
    }

    private func catchUp(_ name: String, at endpoint: Cluster.Endpoint) async {
        guard var follower = followers[name] else { return }
        follower.connections += 1
        let missed = await missed(by: follower, at: endpoint, id: "\(name)/\(follower.connections)")
        let now = await cluster.now
        follower.privateID = missed.privateID ?? follower.privateID
        if missed.isTooLate { await resynchronize(name, &follower, at: endpoint) }
        for received in missed.events where !missed.isTooLate {
            let frame = History.Frame(
                received.event, socket: name, connection: follower.connections, at: now, sequence: recorder.next())
            history.frames.append(frame)
            follower.cursor = received.cursor
            guard !participants.isRacy(received.event.data.identifier("provider_id")) else { continue }
            note(["at": RFC3339.string(now), "event": frame.event, "name": frame.name, "socket": name])
        }
        followers[name] = follower
        // What was sent to a session that is polled is no part of what the open sockets receive.
        received = nil
    }

    /// The client begins anew at the end of the log, as one that has read its lists again.
    private func resynchronize(_ name: String, _ follower: inout Follower, at endpoint: Cluster.Endpoint) async {
        guard let end = try? await logEnd(for: follower.caller, at: endpoint) else { return }
        let now = await cluster.now
        follower.cursor = end.cursor
        history.listeners[name]?.resyncs.append(
            .init(sequence: recorder.next(), position: end.count, at: now))
        note(["at": RFC3339.string(now), "name": "resync", "socket": name])
    }

    private func missed(by follower: Follower, at endpoint: Cluster.Endpoint, id: String) async -> MissedEvents {
        let walked = await walkEvents(by: follower, at: endpoint, id: id)
        // Which events there are is known from the walk; a client without any has nothing to wait for.
        guard walked.isTooLate || !walked.events.isEmpty else { return walked }
        // Who comes too late waits to be told so.
        let count = max(walked.events.count, 1)
        var connect = ConnectPayload(token: participants.token(of: follower.caller), after: follower.cursor)
        switch follower.transport {
        case .walk: return walked
        case .stream:
            return await web.streamedEvents(
                of: endpoint.address.url, token: connect.token, after: follower.cursor, count: count)
        case .polling: return await web.polledEvents(of: endpoint.address.url, connect, count: count)
        case .upgrade: return await web.upgradedEvents(of: endpoint.address, connect, count: count)
        case .recovery:
            connect.privateID = follower.privateID
            connect.offset = follower.cursor
            return await web.polledEvents(of: endpoint.address.url, connect, count: count)
        }
    }

    private func walkEvents(by follower: Follower, at endpoint: Cluster.Endpoint, id: String) async -> MissedEvents {
        var walked = MissedEvents()
        var cursor = follower.cursor
        while true {
            let answer = await exchange(
                "GET", "/events?limit=20&after=\(cursor)", by: follower.caller, at: endpoint, id: id)
            if answer.status == 410 { walked.isTooLate = true }
            guard let json = answer.json, case .array(let page)? = json["data"], !page.isEmpty,
                let next = json["meta"]?["next"]?.string, next != cursor
            else { return walked }
            cursor = next
            // The cursor of a page is behind all of its events.
            walked.events += page.enumerated().map { index, event in
                let received = ReceivedEvent(name: event["name"]?.string ?? "", text: (event["data"] ?? .null).text)
                return MissedEvents.Event(received, cursor: index == page.count - 1 ? next : nil)
            }
        }
    }
}

extension History.Frame {
    init(_ event: ReceivedEvent, socket: String, connection: Int, at now: Timestamp, sequence: Int) {
        let data = event.data
        self.init(
            socket: socket, connection: connection, name: event.name, event: data["event"]?["id"]?.string ?? "",
            booking: (data["booking_id"] ?? data["id"])?.string.flatMap { BookingID($0) },
            start: data.instant("start_time") ?? .earliest, lead: data.lead, isLate: data["late"] == .bool(true),
            version: data.integer("version"), occurredAt: data["event"]?.instant("occurred_at") ?? .earliest,
            receivedAt: now, sequence: sequence, payload: event.packet)
    }
}
