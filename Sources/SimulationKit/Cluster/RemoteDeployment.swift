import Bookings
import BookingsRuntime

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
