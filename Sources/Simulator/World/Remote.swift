import Bookings
import BookingsAuth
import BookingsRuntime
import FoundationEssentials

/// A deployed service that is run against in real time.
struct RemoteTarget: Sendable {
    let address: Address
    let secret: [UInt8]

    init(url: String, secret: String?) throws {
        guard let parts = URL(string: url), parts.scheme == "http", let host = parts.host() else {
            throw SimulatorError.usage("--target takes http://HOST:PORT, not \(url)")
        }
        guard let secret = secret ?? Environment.value("JWT_SECRET"), secret.utf8.count >= 32 else {
            throw SimulatorError.usage("JWT_SECRET (or --secret) takes the target's secret of at least 32 bytes.")
        }
        address = Address(host: host, port: parts.port ?? 80)
        self.secret = Array(secret.utf8)
    }

    /// Tokens for `JWT_ISSUER` and `JWT_AUDIENCE` of the environment, where the target checks them.
    var signer: TokenIssuer {
        TokenIssuer(
            secret: secret, issuer: Environment.value("JWT_ISSUER"), audience: Environment.value("JWT_AUDIENCE"),
            clock: SystemClock())
    }
}

/// Behind one address, however many replicas there are. Nothing can be done to them.
struct RemoteDeployment: Deployment {
    let target: RemoteTarget

    func open(_ setup: ReplicaSetup) async throws -> any Replica { RemoteReplica(address: target.address) }
    func close() async throws {}
}

/// A service whose inside is unknown: it is always at rest, and its time passes by itself.
final class RemoteReplica: Replica {
    let address: Address
    private let clock = SystemClock()

    init(address: Address) { self.address = address }

    var isDead: Bool { false }
    func state() async throws -> ReplicaState { ReplicaState(isAtRest: true) }
    func counts() async throws -> ReplicaCounts { ReplicaCounts() }
    func head() async throws -> Int64 { 0 }
    func runTimers() async throws {}
    func set(_ change: ReplicaFaultState.Change) async throws {}
    func wake() async throws {}
    func stepClock(by jump: Duration) async throws {}
    func bury() async {}
    func terminate() async throws {}

    /// Waits for the instant.
    func setTime(_ instant: Timestamp) async throws {
        let wait = clock.now().duration(to: instant)
        if wait > .zero { try await Task.sleep(for: wait) }
    }
}
