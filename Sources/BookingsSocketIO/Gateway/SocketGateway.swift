import Bookings
import NIOCore
import NIOPosix
import Synchronization

/// The Socket.IO server of a replica: delivers events to the sockets of all event loops.
///
/// Sessions are registered in `sessions`; each one lives on the event loop of its `SocketShard`.
package final class SocketGateway: Sendable {
    let log: any EventLog
    let encoder: EventEncoder
    let clock: any WallClock
    let continuity: LogContinuity
    let inFlightWork: InFlightWork
    let metrics: ServiceMetrics
    let options: GatewayOptions
    let handshake: Handshake
    let authenticator: SocketAuthenticator
    let sessions: SocketSessions
    let identifiers: SocketIdentifiers
    /// The bytes that wait for all clients together.
    let budget: OutputBudget
    /// `nil` when connection state recovery is disabled.
    let recovery: StateRecovery?
    private let shards: [SocketShard]
    private let hasShutDown = Atomic(false)

    /// Creates the gateway of a replica.
    ///
    /// - Parameters:
    ///   - loops: The event loops on which the server accepts connections.
    ///   - position: The position in the event log after which live delivery begins.
    package init(
        verifier: any TokenVerifier, log: any EventLog, encoder: EventEncoder, clock: any WallClock,
        continuity: LogContinuity, identifiers: any IdentifierSource, inFlightWork: InFlightWork,
        metrics: ServiceMetrics, options: GatewayOptions, loops: any EventLoopGroup, from position: LogPosition
    ) {
        self.log = log
        self.encoder = encoder
        self.clock = clock
        self.continuity = continuity
        self.inFlightWork = inFlightWork
        self.metrics = metrics
        self.options = options
        self.identifiers = SocketIdentifiers(identifiers)
        handshake = Handshake(allowedOrigins: options.allowedOrigins)
        authenticator = SocketAuthenticator(verifier: verifier, allowsAnonymous: options.anonymous)
        sessions = SocketSessions(limits: options.sessions)
        budget = OutputBudget(limit: options.backlog.maxUnwrittenBytesOfAll)
        recovery = options.stateRecovery ? StateRecovery(cursorCipher: encoder.cursorCipher) : nil
        shards = loops.makeIterator().map {
            SocketShard(loop: $0, position: position, clock: clock, inFlightWork: inFlightWork)
        }
    }

    // MARK: - Events

    /// Delivers events to the sockets that may see them. Called by the relay alone, in the order of the log.
    package func deliver(_ events: [LoggedEvent], through position: LogPosition) {
        let batch = EventBatch(events.map(encoded))
        onEachShard { $0.deliver(batch, through: position) }
    }

    /// Returns the event with its packets, which are encoded when the first socket needs them.
    func encoded(_ logged: LoggedEvent) -> EncodedEvent {
        EncodedEvent(logged, encoder: encoder, carriesOffset: recovery != nil)
    }

    /// Continues live delivery at `head`, where the log ends after a rewind. Every transport is closed, so that its
    /// client reconnects and resumes by its cursor.
    package func restart(at head: LogPosition) {
        onEachShard { shard in
            shard.closeAll()
            shard.restart(at: head)
        }
    }

    private func onEachShard(_ work: @escaping @Sendable (SocketShard) -> Void) {
        for shard in shards {
            inFlightWork.begin(.delivery)
            shard.loop.execute { [inFlightWork] in
                work(shard)
                inFlightWork.end(.delivery)
            }
        }
    }

    // MARK: - Sessions

    /// Whether the shutdown has begun: no session is opened any more.
    var isShutDown: Bool { hasShutDown.load(ordering: .sequentiallyConsistent) }

    /// Opens no further sessions and closes every transport without a Socket.IO disconnect, so that clients reconnect
    /// to another replica.
    package func shutdown() async {
        hasShutDown.store(true, ordering: .sequentiallyConsistent)
        for shard in shards {
            try? await shard.loop.submit { shard.closeAll() }.get()
        }
    }

    /// Returns the transport of a new long-polling session, or `nil` when there is no room for another session or the
    /// replica shuts down.
    func openPolling(requestToken: String?, remoteAddress: String?) -> PollingTransport? {
        guard !isShutDown else { return nil }
        let connection = SocketConnection(
            gateway: self, shard: shards[identifiers.lastTransport % shards.count], requestToken: requestToken,
            remoteAddress: remoteAddress)
        guard sessions.register(connection) else { return nil }
        let transport = PollingTransport(carrying: connection, gateway: self)
        sessions.add(transport)
        return transport
    }

    /// Returns the shard of an event loop, or `nil` when the gateway does not serve that loop.
    func shard(of loop: any EventLoop) -> SocketShard? {
        shards.first { $0.loop === loop }
    }
}
