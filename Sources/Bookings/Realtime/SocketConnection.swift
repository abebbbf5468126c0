import NIOCore

/// One client: carries packets between its transport and its session, and events from the log to it.
///
/// `@unchecked Sendable`: it lives on its shard's event loop, and crosses threads only to come back to it.
final class SocketConnection: @unchecked Sendable {
    private enum Delivery {
        case none
        /// The client comes back as the socket it was, and gets what it missed before the answer to its CONNECT.
        case recovering(Comeback)
        /// The client gets what it missed; live events are still to come from the log, too.
        case resuming(SocketAudience)
        case live(SocketAudience)
    }

    private struct Comeback {
        let admission: Admission
        let socket: String
        let attempt: Int
        var hasBegun = false
        let after: JSONValue?
    }

    private static let resumeBatch = 100

    let shard: SocketShard
    /// The Engine.IO session's id, which is a secret.
    let id: String
    private let number: Int
    /// The Socket.IO connection's id; nil before there is one.
    private var socket: String?
    /// How many times the client said CONNECT, and how many sockets were made for it.
    private var attempts = 0
    private var sockets = 0
    private let gateway: SocketGateway
    /// The token of the first request, for clients that send none with CONNECT.
    private let requestToken: String?
    /// Nil before it opens and after it closed.
    private var transport: (any EngineIOTransport)?
    private var session: SocketIOSession
    private var delivery = Delivery.none
    /// The last place that the client was told of, or needs not be.
    private var position = LogPosition.start
    private var isWaitingToWrite = false
    private var timer: (any ScheduledAction)?

    init(gateway: SocketGateway, shard: SocketShard, requestToken: String?) {
        self.gateway = gateway
        self.shard = shard
        self.requestToken = requestToken
        (number, id) = gateway.makeTransportID()
        session = SocketIOSession(timing: gateway.options.heartbeat, at: gateway.clock.now())
    }

    // MARK: - The transport

    func open(on transport: any EngineIOTransport, upgrades: [String]) {
        self.transport = transport
        gateway.metrics.socketOpened(transport.kind)
        shard.opened(self)
        send(
            SocketIOText.open(
                sid: id, upgrades: upgrades, timing: gateway.options.heartbeat,
                maxPayload: gateway.options.maxPayload))
        flush()
        rearm()
        if gateway.isShutDown { closeTransport() }
    }

    /// Goes on over another transport. What the old one still held goes first.
    func upgrade(to next: any EngineIOTransport, with unsent: [ByteBuffer]) {
        guard let transport else { return next.close(.goingAway) }
        gateway.metrics.socketClosed(transport.kind)
        gateway.metrics.socketOpened(next.kind)
        self.transport = next
        for packet in unsent { next.send(packet) }
        flush()
    }

    /// The transport is gone, by whosever will.
    func transportClosed() {
        guard let transport else { return }
        self.transport = nil
        timer?.cancel()
        leave()
        shard.closed(self)
        gateway.forget(id)
        gateway.metrics.socketClosed(transport.kind)
    }

    func transportIsWritable() {
        guard isWaitingToWrite else { return }
        isWaitingToWrite = false
        if case .recovering = delivery { recoverFurther() } else { resumeFurther() }
    }

    func receive(text: String) {
        perform(session.receive(text: text, at: gateway.clock.now()))
        flush()
        rearm()
    }

    func receiveBinary() {
        perform(session.receiveBinary())
        flush()
        rearm()
    }

    // MARK: - The session

    private func perform(_ actions: [SocketIOSession.Action]) {
        for action in actions {
            switch action {
            case .send(let text): send(text)
            case .authenticate(let request): authenticate(request)
            case .leave:
                leave()
                if let socket { gateway.recovery?.left(socket) }
            case .close: closeTransport()
            }
        }
    }

    private func rearm() {
        timer?.cancel()
        guard transport != nil else { return }
        timer = gateway.clock.schedule(at: session.deadline) { [weak self] in
            guard let self else { return }
            gateway.ledger.enter(.delivery)
            shard.loop.execute {
                self.tick()
                self.gateway.ledger.leave(.delivery)
            }
        }
    }

    private func tick() {
        guard transport != nil else { return }
        perform(session.tick(at: gateway.clock.now()))
        flush()
        rearm()
    }

    private func authenticate(_ request: SocketIOSession.ConnectRequest) {
        attempts += 1
        gateway.ledger.enter(.delivery)
        Task { [self, gateway, shard, attempts] in
            let result: Result<Admission, SocketRefusal>
            do throws(SocketRefusal) {
                result = .success(try await gateway.admit(request.token, or: requestToken))
            } catch {
                result = .failure(error)
            }
            shard.loop.execute {
                self.answer(result, to: request, attempt: attempts)
                gateway.ledger.leave(.delivery)
            }
        }
    }

    /// A CONNECT that was taken back, or followed by another, gets no answer.
    private func answer(
        _ result: Result<Admission, SocketRefusal>, to request: SocketIOSession.ConnectRequest, attempt: Int
    ) {
        guard attempt == attempts, session.isAuthenticating else { return }
        switch result {
        case .success(let admission):
            if let (socket, place) = recoverable(request, admission) {
                delivery = .recovering(
                    Comeback(admission: admission, socket: socket, attempt: attempt, after: request.after))
                position = place
                recoverFurther()
            } else {
                enterAnew(admission, after: request.after)
            }
        case .failure(.unavailable): closeTransport()
        case .failure(let refusal):
            perform(session.refuse(message: refusal.message, data: refusal.problem, at: gateway.clock.now()))
        }
        flush()
        rearm()
    }

    /// The socket that a CONNECT asks to be again, and the place of the last event that it got.
    private func recoverable(
        _ request: SocketIOSession.ConnectRequest, _ admission: Admission
    ) -> (socket: String, place: LogPosition)? {
        guard let recovery = gateway.recovery, let pid = request.pid?.string, let offset = request.offset?.string,
            let socket = recovery.socket(named: pid, for: admission.subject),
            let place = gateway.encoder.sealer.position(of: offset)
        else { return nil }
        return (socket, place)
    }

    private func enterAnew(_ admission: Admission, after: JSONValue?) {
        sockets += 1
        enter(admission, as: gateway.makeSocketID(transport: number, count: sockets))
        begin(admission.audience, after: after)
    }

    private func enter(_ admission: Admission, as socket: String) {
        self.socket = socket
        let pid = gateway.recovery?.pid(of: socket, for: admission.subject)
        perform(session.accept(sid: socket, pid: pid, expiresAt: admission.expiresAt))
    }

    // MARK: - Events

    private func begin(_ audience: SocketAudience, after: JSONValue?) {
        guard let after else { return goLive(audience, from: shard.position) }
        guard let place = after.string.flatMap({ gateway.encoder.sealer.position(of: $0) }) else {
            return resynchronize(audience)
        }
        delivery = .resuming(audience)
        position = place
        resumeFurther()
    }

    private func goLive(_ audience: SocketAudience, from place: LogPosition) {
        position = max(position, place)
        delivery = .live(audience)
        shard.join(self, audience)
    }

    private func leave() {
        if case .live(let audience) = delivery { shard.leave(self, audience) }
        delivery = .none
    }

    /// Reads the next stretch of what was missed; behind the last one comes the answer to CONNECT.
    private func recoverFurther() {
        guard let comeback else { return }
        if position >= shard.position {
            enter(comeback.admission, as: comeback.socket)
            flush()
            rearm()
            return goLive(comeback.admission.audience, from: position)
        }
        readOn(for: comeback.admission.audience) { connection, slice in
            guard var comeback = connection.comeback else { return }
            if let slice {
                comeback.hasBegun = comeback.hasBegun || !slice.events.isEmpty
                connection.delivery = .recovering(comeback)
                connection.send(slice, to: comeback.admission.audience)
                connection.recoverFurther()
            } else if comeback.hasBegun {
                connection.closeTransport()
            } else {
                connection.enterAnew(comeback.admission, after: comeback.after)
                connection.flush()
                connection.rearm()
            }
        }
    }

    /// Nil also when its CONNECT was taken back meanwhile.
    private var comeback: Comeback? {
        guard case .recovering(let comeback) = delivery, comeback.attempt == attempts, session.isAuthenticating else {
            return nil
        }
        return comeback
    }

    /// Reads the next stretch of what was missed. On the loop the end of the log and live delivery meet exactly: live
    /// is joined only when nothing lies between this socket's place and the shard's.
    private func resumeFurther() {
        guard case .resuming(let audience) = delivery else { return }
        if position >= shard.position { return goLive(audience, from: position) }
        readOn(for: audience) { connection, slice in
            guard case .resuming = connection.delivery else { return }
            guard let slice else { return connection.resynchronize(audience) }
            connection.send(slice, to: audience)
            connection.resumeFurther()
        }
    }

    private func send(_ slice: EventSlice, to audience: SocketAudience) {
        for logged in slice.events {
            emit(gateway.encoded(logged).text(for: audience))
        }
        position = max(position, slice.through)
        flush()
    }

    /// What lies behind this socket's place in the log, nil when that is too old; once the transport takes more.
    private func readOn(
        for audience: SocketAudience, then use: @escaping @Sendable (SocketConnection, EventSlice?) -> Void
    ) {
        guard let transport else { return }
        guard transport.isWritable else {
            isWaitingToWrite = true
            return
        }
        read { [position, gateway] in
            let keptSince = gateway.clock.now() - gateway.options.eventRetention
            return try await gateway.log.events(
                after: position, in: audience.scope, keptSince: keptSince, limit: Self.resumeBatch)
        } then: { connection, slice in
            use(connection, slice)
        }
    }

    /// The cursor opens nothing: says from where events can still be read, and goes on live.
    private func resynchronize(_ audience: SocketAudience) {
        delivery = .resuming(audience)
        read { [gateway] in
            try await gateway.log.oldest(keptSince: gateway.clock.now() - gateway.options.eventRetention)
        } then: { connection, oldest in
            guard case .resuming = connection.delivery else { return }
            var writer = JSONWriter()
            writer.beginObject()
            writer.name("oldest")
            writer.string(connection.gateway.encoder.cursor(at: oldest))
            writer.endObject()
            connection.emit(SocketIOText.event("resync", writer.bytes))
            connection.flush()
            connection.goLive(audience, from: connection.shard.position)
        }
    }

    /// Reads off the loop and comes back to it. A store that fails closes the transport: the client tries again.
    private func read<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value,
        then use: @escaping @Sendable (SocketConnection, Value) -> Void
    ) {
        gateway.ledger.enter(.delivery)
        Task { [self, gateway, shard] in
            let result: Result<Value, any Error>
            do { result = .success(try await work()) } catch { result = .failure(error) }
            shard.loop.execute {
                switch result {
                case .success(let value): use(self, value)
                case .failure: self.closeTransport()
                }
                gateway.ledger.leave(.delivery)
            }
        }
    }

    /// Takes an event of live delivery, unless its place was passed. True: there is something to flush.
    func take(_ event: EncodedEvent) -> Bool {
        guard case .live(let audience) = delivery, event.logged.position > position else { return false }
        position = event.logged.position
        guard let transport else { return false }
        guard transport.isWritable else {
            closeTransport()
            return false
        }
        emit(event.text(for: audience))
        return true
    }

    // MARK: - Writing

    private func emit(_ packet: [UInt8]) {
        guard let transport else { return }
        transport.send(ByteBuffer(bytes: packet))
        gateway.metrics.socketEventSent()
    }

    private func send(_ text: String) {
        transport?.send(ByteBuffer(string: text))
    }

    func flush() {
        transport?.flush()
    }

    /// Closes the transport, and says nothing on the Socket.IO level: clients reconnect by themselves.
    func closeTransport() {
        guard let transport else { return }
        transportClosed()
        transport.close(.goingAway)
    }
}
