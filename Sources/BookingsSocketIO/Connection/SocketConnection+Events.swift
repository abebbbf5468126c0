import Bookings
import NIOCore

extension SocketConnection {
    /// The largest number of events that are read from the log at once.
    private static var readLimit: Int { 100 }

    /// Takes the next step of the delivery, if one can be taken. Called when the transport has written what it was sent,
    /// when a poll waits, and when a read of the log has ended.
    func advanceDelivery() {
        guard let transport else { return }
        let limit = gateway.options.backlog.maxUnwrittenBytes
        perform(
            delivery.advance(
                EventDelivery.Conditions(
                    logEnd: shard.position,
                    takesMore: transport.hasReader
                        && transport.waitingBytes < min(limit, SocketBacklog.readAhead),
                    hasRoom: transport.waitingBytes < limit / 2)))
    }

    func perform(_ actions: [EventDelivery.Action]) {
        for action in actions {
            switch action {
            case .read(let position, let audience): readLog(after: position, in: audience.scope)
            case .readHead: readHead()
            case .readOldest: readOldest()
            case .send(let events, let audience):
                for event in events { send(gateway.encoded(event), to: audience) }
            case .acceptRecovered: acceptRecovered()
            case .connectAnew: connectAnew()
            case .resync(let oldest): sendResync(oldest)
            case .join(let audience): shard.join(self, audience)
            case .leave(let audience): shard.leave(self, audience)
            case .close: closeTransport(.server)
            }
        }
    }

    // MARK: - Reading the log

    /// Events that occurred before this instant can no longer be resumed.
    private var keptSince: Timestamp { gateway.clock.now() - gateway.options.eventRetention }

    private func readLog(after position: LogPosition, in scope: BookingScope) {
        read { [gateway, keptSince] in
            try await gateway.log.events(after: position, in: scope, keptSince: keptSince, limit: Self.readLimit)
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
        read { [gateway, keptSince] in
            try await gateway.log.oldest(keptSince: keptSince)
        } then: { connection, oldest in
            connection.perform(connection.delivery.oldestRead(oldest, logEnd: connection.shard.position))
        }
    }

    /// Reads off the event loop and comes back to it. A failure closes the transport: the client tries again.
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

    // MARK: - Sending

    /// Sends an event of live delivery, unless its position was passed. Returns whether there is something to flush.
    func deliverLive(_ event: EncodedEvent) -> Bool {
        guard let audience = delivery.take(event.logged.position), hasRoomForLiveEvents() else { return false }
        send(event, to: audience)
        return true
    }

    /// Sends all events of a batch, except those whose positions were passed, and flushes them.
    func deliverLive(_ batch: inout EventBatch) {
        guard let first = batch.events.first, let last = batch.events.last else { return }
        guard let audience = delivery.take(first.logged.position, through: last.logged.position) else {
            // The socket joined amid the batch.
            for event in batch.events { _ = deliverLive(event) }
            return flush()
        }
        guard hasRoomForLiveEvents(), let transport else { return }
        transport.deliver(&batch, to: audience)
        gateway.metrics.socketEventsSent(batch.events.count)
    }

    /// Returns whether the client reads what it is sent; closes the transport when it does not.
    private func hasRoomForLiveEvents() -> Bool {
        guard let transport else { return false }
        if transport.waitingBytes < gateway.options.backlog.maxUnwrittenBytes { return true }
        closeTransport(.server)
        return false
    }

    private func send(_ event: EncodedEvent, to audience: SocketAudience) {
        sendEvent(event.packet(for: audience))
    }

    /// Sends the event that tells a client that it missed events, and from which cursor on it can still read them.
    private func sendResync(_ oldest: LogPosition) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("oldest")
        writer.string(gateway.encoder.cursor(at: oldest))
        writer.endObject()
        sendEvent(SocketIOEncoder.event("resync", writer.bytes))
    }

    private func sendEvent(_ packet: FramedPacket) {
        guard transport != nil else { return }
        send(packet)
        gateway.metrics.socketEventsSent(1)
    }
}
