import Bookings
import BookingsRuntime

/// A deployed service behind one address. No fault can be injected into it.
struct RemoteDeployment: Deployment {
    let target: RemoteTarget

    func open(_ setup: ReplicaSetup) async throws -> any Replica { RemoteReplica(address: target.address) }
    func close() async throws {}
}

/// A deployed service as a single replica: always at rest, with time that passes by itself.
final class RemoteReplica: Replica {
    let address: Address
    private let clock = SystemClock()

    init(address: Address) { self.address = address }

    var isDead: Bool { false }
    func diedAtCrashPoint() -> Bool { false }
    func state() async throws -> ReplicaState { ReplicaState(isAtRest: true) }
    func counts() async throws -> ReplicaCounts { ReplicaCounts() }
    func head() async throws -> Int64 { 0 }
    func runTimers() async throws {}
    func set(_ change: ReplicaFaultState.Change) async throws {}
    func wake() async throws {}
    func stepClock(by jump: Duration) async throws {}
    func kill() async {}
    func terminate() async throws {}

    /// Waits until the instant, in real time.
    func setTime(_ instant: Timestamp) async throws {
        let wait = clock.now().duration(to: instant)
        if wait > .zero { try await Task.sleep(for: wait) }
    }
}
