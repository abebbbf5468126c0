import Bookings

extension SimulationRun {
    /// A client that reads the events behind its cursor from time to time.
    struct Follower {
        let caller: Caller
        let transport: ListenerTransport
        var cursor: String
        var connections = 0
        var replica: Int
    }

    /// Notes where a client begins to listen, or reads all that it missed since.
    func follow(_ name: String, _ transport: ListenerTransport, _ operation: Operation) async throws {
        guard let endpoint = await cluster.endpoint(operation.replica) else { return }
        guard followers[name] != nil else {
            guard let (cursor, count) = try await logEnd(for: operation.caller, at: endpoint) else { return }
            history.listeners[name] = History.Listener(
                caller: operation.caller, startPosition: count, startedAt: await cluster.now, isLive: false)
            followers[name] = Follower(
                caller: operation.caller, transport: transport, cursor: cursor, replica: operation.replica)
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
        let events = await missed(by: follower, at: endpoint, id: "\(name)/\(follower.connections)")
        let now = await cluster.now
        for (event, cursor) in events {
            let frame = History.Frame(
                event, socket: name, connection: follower.connections, at: now, sequence: recorder.next())
            history.frames.append(frame)
            follower.cursor = cursor
            guard !participants.isRacy(event.data.identifier("provider_id")) else { continue }
            note(["at": RFC3339.string(now), "event": frame.event, "name": frame.name, "socket": name])
        }
        followers[name] = follower
        // What was sent to a session that is polled is no part of what the open sockets receive.
        received = nil
    }

    /// Returns the events, each with the cursor behind it.
    private func missed(
        by follower: Follower, at endpoint: Cluster.Endpoint, id: String
    ) async -> [(ReceivedEvent, String)] {
        let walked = await walkEvents(by: follower, at: endpoint, id: id)
        guard !walked.isEmpty, follower.transport != .walk else { return walked }
        let token = participants.token(of: follower.caller)
        let server = endpoint.address.url
        switch follower.transport {
        case .walk: return walked
        case .stream:
            return await web.streamedEvents(of: server, token: token, after: follower.cursor, count: walked.count)
                .map { (ReceivedEvent(name: $0.name, text: $0.data), $0.id) }
        case .polling:
            return await web.polledEvents(of: server, token: token, after: follower.cursor, count: walked.count)
                .compactMap { ReceivedEvent(packet: $0) }.map { ($0, $0.cursor) }
        }
    }

    private func walkEvents(
        by follower: Follower, at endpoint: Cluster.Endpoint, id: String
    ) async -> [(ReceivedEvent, String)] {
        var events: [(ReceivedEvent, String)] = []
        var cursor = follower.cursor
        while true {
            let answer = await exchange(
                "GET", "/events?limit=20&after=\(cursor)", by: follower.caller, at: endpoint, id: id)
            guard let json = answer.json, case .array(let page)? = json["data"], !page.isEmpty,
                let next = json["meta"]?["next"]?.string, next != cursor
            else { return events }
            cursor = next
            // The cursor of a page is behind all of its events.
            events += page.enumerated().map { index, event in
                let received = ReceivedEvent(
                    name: event["name"]?.string ?? "", text: (event["data"] ?? .null).text)
                return (received, index == page.count - 1 ? next : received.cursor)
            }
        }
    }
}

/// An event as a client received it.
struct ReceivedEvent {
    let name: String
    /// The data, as JSON text.
    let text: String
    let data: JSONValue

    init(name: String, text: String) {
        self.name = name
        self.text = text
        data = (try? JSONValue.parse(text.utf8)) ?? .null
    }

    /// Reads the packet of an event: an array of the name and the argument.
    init?(packet: Substring) {
        guard case .array(let parts)? = try? JSONValue.parse(packet.utf8), parts.count == 2, let name = parts[0].string
        else { return nil }
        self.init(name: name, text: String(packet.dropFirst(name.utf8.count + 4).dropLast()))
    }

    var cursor: String { data["event"]?["cursor"]?.string ?? "" }
}

extension History.Frame {
    init(_ event: ReceivedEvent, socket: String, connection: Int, at now: Timestamp, sequence: Int) {
        let data = event.data
        self.init(
            socket: socket, connection: connection, name: event.name, event: data["event"]?["id"]?.string ?? "",
            booking: (data["booking_id"] ?? data["id"])?.string.flatMap { BookingID($0) },
            start: data.instant("start_time") ?? .earliest, lead: data.lead, isLate: data["late"] == .bool(true),
            version: data.integer("version"), occurredAt: data["event"]?.instant("occurred_at") ?? .earliest,
            receivedAt: now, sequence: sequence, payload: "[\"\(event.name)\",\(event.text)]")
    }
}
