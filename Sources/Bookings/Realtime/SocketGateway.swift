import NIOCore
import NIOPosix
import Synchronization

/// The door for sockets: who may come in, who hears what.
public final class SocketGateway: Sendable {
    let verifier: any TokenVerifier
    let log: any EventLog
    let encoder: EventEncoder
    let clock: any WallClock
    let ledger: ActivityLedger
    let metrics: ServiceMetrics
    let options: GatewayOptions
    let handshake: Handshake
    /// Nil when it is off.
    let recovery: StateRecovery?
    private let identifiers: any IdentifierSource
    private let shards: [SocketShard]
    private let state = Mutex((connections: 0, isShutDown: false))
    /// Sessions that began with long-polling, by the transport's id.
    private let polling = Mutex<[String: PollingTransport]>([:])
    /// Each holds some kilobytes and no file descriptor, so that something else must bound them.
    private static let mostPolling = 20_000

    /// `loops`: the event loops that the server accepts on. `position`: where live delivery begins.
    public init(
        verifier: any TokenVerifier, log: any EventLog, encoder: EventEncoder, clock: any WallClock,
        identifiers: any IdentifierSource, ledger: ActivityLedger, metrics: ServiceMetrics, options: GatewayOptions,
        loops: any EventLoopGroup, from position: LogPosition
    ) {
        self.verifier = verifier
        self.log = log
        self.encoder = encoder
        self.clock = clock
        self.identifiers = identifiers
        self.ledger = ledger
        self.metrics = metrics
        self.options = options
        handshake = Handshake(allowedOrigins: options.allowedOrigins)
        recovery = options.stateRecovery ? StateRecovery(sealer: encoder.sealer) : nil
        shards = loops.makeIterator().map { SocketShard(loop: $0, position: position) }
    }

    /// Called by the relay alone, in the log's order: each event goes to those who may see it.
    public func deliver(_ events: [LoggedEvent], through: LogPosition) {
        for shard in shards {
            ledger.enter(.delivery)
            shard.loop.execute { [self] in
                shard.deliver(events, through: through, encoding: encoded)
                ledger.leave(.delivery)
            }
        }
    }

    /// An event as frames of this gateway carry it.
    func encoded(_ logged: LoggedEvent) -> EncodedEvent {
        EncodedEvent(logged, encoder: encoder, carriesOffset: recovery != nil)
    }

    /// Closes every transport without a goodbye, so that clients reconnect elsewhere; takes no new ones.
    public func shutdown() async {
        state.withLock { $0.isShutDown = true }
        for shard in shards {
            try? await shard.loop.submit { shard.closeAll() }.get()
        }
    }

    /// A new session by long-polling; nil when there are too many, or the replica is going.
    func openPolling(requestToken: String?) -> PollingTransport? {
        guard !isShutDown else { return nil }
        let number = state.withLock(\.connections)
        let connection = SocketConnection(
            gateway: self, shard: shards[number % shards.count], requestToken: requestToken)
        let transport = PollingTransport(carrying: connection, gateway: self)
        return polling.withLock { sessions in
            guard sessions.count < Self.mostPolling else { return nil }
            sessions[connection.id] = transport
            return transport
        }
    }

    func polling(_ id: String) -> PollingTransport? {
        polling.withLock { $0[id] }
    }

    func forget(_ id: String) {
        polling.withLock { _ = $0.removeValue(forKey: id) }
    }

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
        do throws(TokenFault) {
            let principal = try await verifier.verify(bare, leeway: .zero)
            guard let scope = principal.eventScope else { throw TokenFault.noRoles(principal.subject) }
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

/// How much may wait for a client that does not read.
public struct SocketBacklog: Sendable {
    /// A socket for which more bytes wait here is closed: its client reconnects and resumes.
    public var mostUnwrittenBytes = 1 << 20
    /// How many the system keeps for it beyond; nil: as many as it sees fit.
    public var systemBytes: Int?

    public init() {}
}

public struct GatewayOptions: Sendable {
    public var allowedOrigins: [String]
    public var anonymous: Bool
    /// Whether clients may come back as the sockets they were.
    public var stateRecovery = false
    public var eventRetention: Duration
    public var heartbeat: HeartbeatTiming
    /// The largest message that a client may send, in bytes.
    public var maxPayload = 1_000_000
    public var backlog = SocketBacklog()

    public init(allowedOrigins: [String], anonymous: Bool, eventRetention: Duration, heartbeat: HeartbeatTiming) {
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
