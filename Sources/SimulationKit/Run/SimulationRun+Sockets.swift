import Bookings

extension SimulationRun {
    /// A client's socket over all its connections.
    struct Socket {
        let caller: Caller
        /// The open connection; `nil` while there is none.
        var client: SocketClient?
        var replica: Int
        /// How many connections it has had.
        var connections = 0
        /// In runs that need it, the proxy through which the socket reaches its replica.
        var proxy: (proxy: TCPProxy, port: Int)?
        /// The connection that is not read from.
        var stalledConnection: Int?

        var isStalled: Bool { stalledConnection == connections }
    }

    /// The receive buffer of a proxy in runs with clients that stop reading, in bytes: small, so that the server's own
    /// backlog grows.
    private static let narrowReceiveBuffer = 4096

    /// Opens the socket, or opens it again after the last cursor that it received.
    func listen(_ name: String, _ caller: Caller, replica: Int) async throws {
        guard let endpoint = await cluster.endpoint(replica) else { return }
        if sockets[name] == nil {
            guard let (cursor, count) = try await logEnd(for: caller, at: endpoint) else { return }
            recorder.setCursor(cursor, of: name)
            history.listeners[name] = History.Listener(
                caller: caller, startPosition: count, startedAt: await cluster.now)
            sockets[name] = Socket(caller: caller, client: nil, replica: endpoint.replica)
        } else {
            await sockets[name]?.client?.close()
            _ = recorder.takeLost()
        }
        try await connect(name, to: endpoint)
        received = nil
    }

    private func connect(_ name: String, to endpoint: Cluster.Endpoint) async throws {
        guard var socket = sockets[name] else { return }
        socket.connections += 1
        socket.replica = endpoint.replica
        let connection = socket.connections
        let address = try await proxied(endpoint.address, for: &socket)
        let callbacks = SocketClient.Callbacks(
            received: { [recorder] in
                recorder.receive($0, socket: name, connection: connection, from: endpoint.replica)
            },
            closed: { [recorder] in recorder.lose("\(name)#\(connection)") })
        socket.client = try? await SocketClient.connect(
            to: address, token: participants.token(of: socket.caller), after: recorder.cursor(of: name),
            callbacks: callbacks)
        sockets[name] = socket
    }

    /// The address of the socket's own proxy before the replica, in runs that have proxies.
    private func proxied(_ address: Address, for socket: inout Socket) async throws -> Address {
        guard plan.settings.isProxied else { return address }
        if let (proxy, port) = socket.proxy {
            proxy.aim(at: address.port)
            return Address(port: port)
        }
        let proxy = TCPProxy(
            host: address.host, target: address.port,
            receiveBuffer: plan.hasStalledSockets ? Self.narrowReceiveBuffer : nil,
            tap: Mutant(named: plan.mutant)?.socketTap)
        let port = try await proxy.start()
        socket.proxy = (proxy, port)
        return Address(port: port)
    }

    /// Reconnects the sockets whose connection is lost, each to the next running replica. Returns whether any did.
    func reconnect(_ attempted: inout Set<String>) async throws -> Bool {
        for lost in recorder.takeLost() {
            guard let name = lost.split(separator: "#").first.map(String.init),
                let socket = sockets[name], lost == "\(name)#\(socket.connections)"
            else { continue }
            sockets[name]?.client = nil
        }
        var hasReconnected = false
        for name in sockets.keys.sorted() {
            guard let socket = sockets[name], socket.client == nil, !attempted.contains(name),
                let endpoint = await cluster.endpoint(socket.replica)
            else { continue }
            attempted.insert(name)
            try await connect(name, to: endpoint)
            if sockets[name]?.client != nil { hasReconnected = true }
        }
        return hasReconnected
    }

    func closeSockets(of replica: Int) async {
        for (name, socket) in sockets where socket.replica == replica {
            await socket.client?.close()
            sockets[name]?.client = nil
        }
    }

    /// The cursor behind the last event that the caller may see, and the number of events in the whole log; `nil` when
    /// the replica does not answer.
    func logEnd(for caller: Caller, at endpoint: Cluster.Endpoint) async throws -> (cursor: String, count: Int)? {
        var path = "/events?limit=100"
        var seen = 0
        while true {
            let answer = await exchange("GET", path, by: caller, at: endpoint, id: nil)
            guard let json = answer.json, let next = json["meta"]?["next"]?.string else { return nil }
            guard case .array(let events)? = json["data"], !events.isEmpty, !path.hasSuffix("=\(next)") else {
                // Only the admin sees the whole log.
                if caller == .admin || hasDenseLog { return (next, try await logLength(seen)) }
                return (next, try await logEnd(for: .admin, at: endpoint)?.count ?? 0)
            }
            seen += events.count
            path = "/events?limit=100&after=\(next)"
        }
    }
}
