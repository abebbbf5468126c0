import Bookings
import NIOCore
import NIOPosix
import Synchronization

/// All Socket.IO sessions of a replica: who is let in, and who gets which events.
package final class SocketGateway: Sendable {
    let verifier: any TokenVerifier
    let log: any EventLog
    let encoder: EventEncoder
    let clock: any WallClock
    let continuity: LogContinuity
    let inFlightWork: InFlightWork
    let metrics: ServiceMetrics
    let options: GatewayOptions
    let handshake: Handshake
    /// Nil when it is off.
    let recovery: StateRecovery?
    private let identifiers: any IdentifierSource
    private let shards: [SocketShard]
    private let state = Mutex((connections: 0, isShutDown: false))
    /// What waits for all clients.
    let budget: OutputBudget
    private let sessions: Mutex<Sessions>

    private struct Sessions {
        var table: SessionTable
        var open: [Int: SocketConnection] = [:]
        /// Those that began with long-polling, by the bytes of their ids: strings compare by canonical equivalence.
        var polling: [[UInt8]: PollingTransport] = [:]
        /// Ids of polling sessions that their clients closed while no poll waited: one may have been overtaken.
        var closedByClient = RecentSet<[UInt8]>(capacity: 5_000)
    }

    /// `loops`: the event loops that the server accepts on. `position`: where live delivery begins.
    package init(
        verifier: any TokenVerifier, log: any EventLog, encoder: EventEncoder, clock: any WallClock,
        continuity: LogContinuity, identifiers: any IdentifierSource, inFlightWork: InFlightWork, metrics: ServiceMetrics,
        options: GatewayOptions, loops: any EventLoopGroup, from position: LogPosition
    ) {
        self.verifier = verifier
        self.log = log
        self.encoder = encoder
        self.clock = clock
        self.continuity = continuity
        self.identifiers = identifiers
        self.inFlightWork = inFlightWork
        self.metrics = metrics
        self.options = options
        handshake = Handshake(allowedOrigins: options.allowedOrigins)
        recovery = options.stateRecovery ? StateRecovery(cursorCipher: encoder.cursorCipher) : nil
        budget = OutputBudget(limit: options.backlog.mostUnwrittenBytesOfAll)
        sessions = Mutex(Sessions(table: SessionTable(options.sessions)))
        shards = loops.makeIterator().map {
            SocketShard(loop: $0, position: position, clock: clock, inFlightWork: inFlightWork)
        }
    }

    /// Called by the relay alone, in the log's order: each event goes to those who may see it.
    package func deliver(_ events: [LoggedEvent], through: LogPosition) {
        for shard in shards {
            inFlightWork.begin(.delivery)
            shard.loop.execute { [self] in
                shard.deliver(events, through: through, encoding: encoded)
                inFlightWork.end(.delivery)
            }
        }
    }

    /// An event as frames of this gateway carry it.
    func encoded(_ logged: LoggedEvent) -> EncodedEvent {
        EncodedEvent(logged, encoder: encoder, carriesOffset: recovery != nil)
    }

    /// The log went back and ends there now: live delivery goes on from that place, and every transport is closed so
    /// that its client reconnects and resumes by its cursor.
    package func restart(at head: LogPosition) {
        for shard in shards {
            inFlightWork.begin(.delivery)
            shard.loop.execute { [inFlightWork] in
                shard.closeAll()
                shard.restart(at: head)
                inFlightWork.end(.delivery)
            }
        }
    }

    /// Closes every transport without a goodbye, so that clients reconnect elsewhere; takes no new ones.
    package func shutdown() async {
        state.withLock { $0.isShutDown = true }
        for shard in shards {
            try? await shard.loop.submit { shard.closeAll() }.get()
        }
    }

    // MARK: - Sessions

    /// A new session by long-polling; nil when there is no room for it, or the replica ends.
    func openPolling(requestToken: String?, remoteAddress: String?) -> PollingTransport? {
        guard !isShutDown else { return nil }
        let number = state.withLock(\.connections)
        let connection = SocketConnection(
            gateway: self, shard: shards[number % shards.count], requestToken: requestToken,
            remoteAddress: remoteAddress)
        guard register(connection) else { return nil }
        let transport = PollingTransport(carrying: connection, gateway: self)
        sessions.withLock { $0.polling[Array(connection.id.utf8)] = transport }
        return transport
    }

    /// Counts a new session, and closes another in its place where there are too many. False: there is no room.
    func register(_ connection: SocketConnection) -> Bool {
        let (isAccepted, replaced) = sessions.withLock { sessions -> (Bool, SocketConnection?) in
            switch sessions.table.open(connection.number, from: connection.network) {
            case .refused: return (false, nil)
            case .accepted:
                sessions.open[connection.number] = connection
                return (true, nil)
            case .replaces(let other):
                sessions.open[connection.number] = connection
                return (true, sessions.open.removeValue(forKey: other))
            }
        }
        if let replaced { replaced.shard.loop.execute { replaced.closeTransport(.server) } }
        return isAccepted
    }

    func set(_ standing: SessionTable.Standing, for connection: SocketConnection) {
        sessions.withLock { $0.table.set(connection.number, standing) }
    }

    func polling(_ id: String) -> PollingTransport? {
        sessions.withLock { $0.polling[Array(id.utf8)] }
    }

    func forget(_ connection: SocketConnection) {
        sessions.withLock { sessions in
            sessions.table.close(connection.number)
            sessions.open[connection.number] = nil
            sessions.polling[Array(connection.id.utf8)] = nil
        }
    }

    /// The client closed this polling session while no poll waited.
    func remember(closedByClient id: String) {
        sessions.withLock { $0.closedByClient.insert(Array(id.utf8)) }
    }

    /// Whether a poll of an unknown session was overtaken by the client's own close: true once.
    func wasOvertaken(_ id: String) -> Bool {
        sessions.withLock { $0.closedByClient.remove(Array(id.utf8)) }
    }

    var sessionCount: Int { sessions.withLock(\.table.count) }

    var isShutDown: Bool { state.withLock(\.isShutDown) }

    func shard(of loop: any EventLoop) -> SocketShard? {
        shards.first { $0.loop === loop }
    }

    /// The number and the id of a new transport. The id is a secret.
    func makeTransportID() -> (number: Int, id: String) {
        let number = state.withLock { state in
            state.connections += 1
            return state.connections
        }
        return (number, Base64URL.encode(identifiers.bits(for: .transportSession, key: "\(number)").bytes))
    }

    /// The id of a new socket: the transport's so-and-so-many-th.
    func makeSocketID(transport: Int, count: Int) -> String {
        let key = count == 1 ? "\(transport)" : "\(transport)/\(count)"
        return Base64URL.encode(identifiers.bits(for: .socket, key: key).bytes)
    }

    /// Who a CONNECT comes from; throws the message and the problem of a CONNECT_ERROR.
    func admit(_ token: JSONValue?, or fallback: String?) async throws(SocketRefusal) -> Admission {
        guard let given = try Self.text(of: token) ?? fallback else {
            if options.anonymous { return Admission(subject: nil, audience: .anonymous, expiresAt: nil) }
            throw .unauthorized("A token is required.")
        }
        let bare = given.lowercased().hasPrefix("bearer ") ? given.dropFirst(7).trimmingSpaces : given
        do throws(TokenError) {
            let principal = try await verifier.verify(bare, leeway: .zero)
            guard let scope = principal.eventScope else { throw TokenError.noRoles(principal.subject) }
            return Admission(
                subject: principal.subject, audience: .scope(scope), expiresAt: principal.expiresAt)
        } catch {
            switch error {
            case .invalid(let reason): throw .unauthorized(reason)
            case .noRoles: throw .forbidden("The roles of this token open no events.")
            case .keysUnavailable: throw .unavailable
            }
        }
    }

    private static func text(of token: JSONValue?) throws(SocketRefusal) -> String? {
        guard let token else { return nil }
        guard let text = token.string else { throw .unauthorized("auth.token must be a text.") }
        return text
    }
}

/// Who a socket speaks for.
struct Admission: Sendable {
    /// Nil for a socket without a token.
    let subject: Subject?
    let audience: SocketAudience
    /// Nil for a socket without a token.
    let expiresAt: Timestamp?
}

/// How much may wait for clients that do not read.
package struct SocketBacklog: Sendable {
    /// What the answers to one reading of a socket, or one slice of a POST, may add.
    static let answersOfOneReading = 256 << 10
    /// What was missed is read from the log while less than this waits for its socket.
    static let readAhead = 64 << 10

    /// A socket for which more bytes wait here is closed: its client reconnects and resumes.
    package var mostUnwrittenBytes = 1 << 20
    /// When more wait for all sockets together, the one for which most do is closed.
    package var mostUnwrittenBytesOfAll = 32 << 20
    /// How many the system keeps for it beyond; nil: as many as it sees fit.
    package var systemBytes: Int?

    package init() {}
}

package struct GatewayOptions: Sendable {
    package var allowedOrigins: [String]
    package var anonymous: Bool
    /// Whether clients may come back as the sockets they were.
    package var stateRecovery = false
    package var eventRetention: Duration
    package var heartbeat: HeartbeatTiming
    /// The largest message that a client may send, in bytes.
    package var maxPayload = 1_000_000
    package var backlog = SocketBacklog()
    var sessions = SessionTable.Limits()

    package init(allowedOrigins: [String], anonymous: Bool, eventRetention: Duration, heartbeat: HeartbeatTiming) {
        self.allowedOrigins = allowedOrigins
        self.anonymous = anonymous
        self.eventRetention = eventRetention
        self.heartbeat = heartbeat
    }
}

/// Why a socket may not come in.
enum SocketRefusal: Error {
    case unauthorized(String)
    case forbidden(String)
    /// Nothing is known against the token: the client is to try again.
    case unavailable

    var message: String {
        switch self {
        case .unauthorized: "unauthorized"
        case .forbidden: "forbidden"
        case .unavailable: "unavailable"
        }
    }

    /// The problem that REST would answer with.
    var problem: [UInt8] {
        var writer = JSONWriter()
        let (status, title, detail) =
            switch self {
            case .unauthorized(let detail): (401, "Authentication is required", detail)
            case .forbidden(let detail): (403, "Not allowed", detail)
            case .unavailable: (503, "Temporarily unavailable", "The keys for tokens cannot be read.")
            }
        writer.beginObject()
        writer.name("detail")
        writer.string(detail)
        writer.name("status")
        writer.integer(status)
        writer.name("title")
        writer.string(title)
        writer.name("type")
        writer.string("/problems/\(message)")
        writer.endObject()
        return writer.bytes
    }
}
