import Bookings
import NIOCore

extension SocketConnection {
    /// How many events are read from the log at once.
    private static var readLimit: Int { 100 }

    /// The transport has taken what it was sent, or a poll waits.
    func transportTakesMore() {
        advanceDelivery()
    }

    func advanceDelivery() {
        guard let transport else { return }
        let most = gateway.options.backlog.mostUnwrittenBytes
        perform(
            delivery.advance(
                EventDelivery.View(
                    logEnd: shard.position,
                    takesMore: transport.isRead && transport.waitingBytes < min(most, SocketBacklog.readAhead),
                    hasRoom: transport.waitingBytes < most / 2)))
    }

    func perform(_ actions: [EventDelivery.Action]) {
        for action in actions {
            switch action {
            case .read(let position, let audience): readLog(after: position, in: audience.scope)
            case .readHead: readHead()
            case .readOldest: readOldest()
            case .send(let events, let audience): for event in events { emit(gateway.encoded(event), to: audience) }
            case .acceptRecovered: acceptRecovered()
            case .connectAnew: connectAnew()
            case .resync(let oldest): resync(oldest)
            case .join(let audience): shard.join(self, audience)
            case .leave(let audience): shard.leave(self, audience)
            case .close: closeTransport(.server)
            }
        }
    }

    private func connectAnew() {
        guard let comeback = connecting.comeback else { return }
        connecting.comeback = nil
        connectAnew(comeback.admission, after: comeback.after)
    }

    // MARK: - The log

    private func readLog(after position: LogPosition, in scope: BookingScope) {
        read { [gateway] in
            try await gateway.log.events(
                after: position, in: scope, keptSince: gateway.clock.now() - gateway.options.eventRetention,
                limit: Self.readLimit)
        } then: { connection, slice in
            connection.perform(connection.delivery.sliceRead(slice))
        }
    }

    private func readHead() {
        read { [gateway] in
            try await gateway.log.head()
        } then: { connection, head in
            connection.perform(connection.delivery.headRead(head))
        }
    }

    private func readOldest() {
        read { [gateway] in
            try await gateway.log.oldest(keptSince: gateway.clock.now() - gateway.options.eventRetention)
        } then: { connection, oldest in
            connection.perform(connection.delivery.oldestRead(oldest, logEnd: connection.shard.position))
        }
    }

    /// Reads off the loop and comes back to it. A store that fails closes the transport: the client tries again.
    private func read<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value,
        then use: @escaping @Sendable (SocketConnection, Value) -> Void
    ) {
        gateway.inFlightWork.begin(.delivery)
        Task { [self, gateway, shard] in
            let result: Result<Value, any Error>
            do { result = .success(try await work()) } catch { result = .failure(error) }
            shard.loop.execute {
                switch result {
                case .success(let value):
                    use(self, value)
                    self.flush()
                    self.advanceDelivery()
                case .failure: self.closeTransport(.server)
                }
                gateway.inFlightWork.end(.delivery)
            }
        }
    }

    private func resync(_ oldest: LogPosition) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("oldest")
        writer.string(gateway.encoder.cursor(at: oldest))
        writer.endObject()
        emit(SocketIOText.event("resync", writer.bytes))
    }

    // MARK: - Live

    /// Takes an event of live delivery, unless its position was passed. True: there is something to flush.
    func take(_ event: EncodedEvent) -> Bool {
        guard let audience = delivery.take(event.logged.position), let transport else { return false }
        guard transport.waitingBytes < gateway.options.backlog.mostUnwrittenBytes else {
            closeTransport(.server)
            return false
        }
        emit(event, to: audience)
        return true
    }

    private func emit(_ event: EncodedEvent, to audience: SocketAudience) {
        emit(event.text(for: audience))
    }

    private func emit(_ packet: [UInt8]) {
        guard transport != nil else { return }
        write(ByteBuffer(bytes: packet))
        gateway.metrics.socketEventSent()
    }
}
