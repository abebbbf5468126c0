import Bookings

/// The payload of a CONNECT.
struct ConnectPayload {
    let token: String
    /// The cursor behind which to resume; `nil` for a new start.
    var after: String?
    /// The private id of the socket to recover.
    var privateID: String?
    /// The offset of the last event that the socket received.
    var offset: String?

    var text: String {
        let members = [("after", after), ("offset", offset), ("pid", privateID), ("token", token)]
        return JSONValue.object(
            members.compactMap { name, value in value.map { JSONMember(name: name, value: .string($0)) } }
        ).text
    }
}

/// A Socket.IO session over long-polling (Engine.IO 4).
struct PollingSession {
    private let web: WebClient
    private let address: String
    /// The id of the Engine.IO session.
    let id: String

    /// Returns `nil` when the server opens none.
    init?(_ web: WebClient, of server: String) async {
        let address = server + "/socket.io/?EIO=4&transport=polling"
        let open = await web.send("GET", address, token: nil).text
        guard let id = (try? JSONValue.parse(open.dropFirst().utf8))?["sid"]?.string else { return nil }
        self.web = web
        self.id = id
        self.address = address + "&sid=\(id)"
    }

    func post(_ packets: String) async { _ = await web.send("POST", address, token: nil, body: packets) }

    /// Returns the packets of one poll, or `nil` when none came in time.
    func poll() async -> [Substring]? {
        let answer = await web.send("GET", address, token: nil, timeout: WebClient.patience)
        return answer.status == 200 ? answer.text.split(separator: "\u{1e}") : nil
    }

    func close() async { await post("1") }
}

extension WebClient {
    /// Opens a session, sends the CONNECT, and polls until it was accepted and so many events came, or nothing comes.
    func polledEvents(of server: String, _ connect: ConnectPayload, count: Int) async -> MissedEvents {
        var missed = MissedEvents()
        guard let session = await PollingSession(self, of: server) else { return missed }
        await session.post("40" + connect.text)
        // Each poll brings a packet at least.
        for _ in 0..<count + 3 where !(missed.isConnected && missed.isComplete(count)) {
            guard let packets = await session.poll() else { break }
            for packet in packets { missed.add(packet) }
        }
        await session.close()
        return missed
    }

    /// The same over a session that is upgraded to a WebSocket after its first poll.
    func upgradedEvents(of address: Address, _ connect: ConnectPayload, count: Int) async -> MissedEvents {
        var missed = MissedEvents()
        guard let session = await PollingSession(self, of: address.url) else { return missed }
        await session.post("40" + connect.text)
        for packet in await session.poll() ?? [] { missed.add(packet) }
        let received = Shared<[Substring]>([])
        let callbacks = SocketClient.Callbacks(
            received: { packet in received.withLock { $0.append("42" + packet) } }, closed: {})
        guard
            let socket = try? await SocketClient.upgrade(
                address, session: session.id, timeout: Self.patience, callbacks: callbacks)
        else { return missed }
        let deadline = ContinuousClock.now + Self.patience
        while !missed.isComplete(count), ContinuousClock.now < deadline {
            for packet in received.withLock({ packets in packets.takeAll() }) { missed.add(packet) }
            try? await Task.sleep(for: .milliseconds(1))
        }
        await socket.close()
        return missed
    }
}

extension MissedEvents {
    fileprivate func isComplete(_ count: Int) -> Bool { isTooLate || events.count >= count }
}

extension [Substring] {
    fileprivate mutating func takeAll() -> [Substring] {
        defer { self = [] }
        return self
    }
}
