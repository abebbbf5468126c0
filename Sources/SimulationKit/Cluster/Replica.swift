import Bookings

/// A running replica of the service, in this process or in one of its own.
///
/// The methods that a barrier calls are `nonisolated(nonsending)`: a change of executors would take longer than they do.
protocol Replica: AnyObject, Sendable {
    /// Where it listens.
    var address: Address { get }

    /// Whether it died, or is being killed.
    var isDead: Bool { get }

    /// Whether an armed crash point killed it. Asked of a replica that is dead.
    ///
    /// - Throws: `Cluster.NoConvergence` when it was killed because it did not answer.
    func diedAtCrashPoint() async throws -> Bool

    nonisolated(nonsending) func state() async throws -> ReplicaState

    /// What the replica counted in this life.
    func counts() async throws -> ReplicaCounts

    /// The position of the newest event in the log.
    func head() async throws -> Int64

    /// Sets its true time; its timers do not run before `runTimers`.
    nonisolated(nonsending) func setTime(_ instant: Timestamp) async throws

    /// Runs its timers that are due by now, in their order.
    nonisolated(nonsending) func runTimers() async throws

    func set(_ change: ReplicaFaultState.Change) async throws

    /// Lets the relay read the log although nothing was announced.
    func wake() async throws

    func stepClock(by jump: Duration) async throws

    /// Kills the replica, or clears up after its death at an armed point.
    func kill() async

    /// Ends the replica in order, as SIGTERM does, and returns when it has ended.
    ///
    /// - Throws: `SimulatorError.crashed` when it did not end in order, and no armed crash point was the reason.
    func terminate() async throws
}

/// The state that a barrier polls; cheap to compute.
struct ReplicaState: Codable, Hashable, Sendable {
    var isDead = false
    /// Whether nothing is in flight but what a fault blocks.
    var isAtRest = false
    /// How much is under way, by kind, in the order of `InFlightWork.Kind`.
    var underWay: [Int] = []
    /// The number of attempts to deliver to webhooks, which a receiver may leave without an answer.
    var deliveries = 0
    /// The log position up to which events were sent to its sockets.
    var relayed: Int64 = 0
    /// The number of events sent to sockets in this life; `nil` when it is not known.
    var sent: Int?
    /// The newest log position that it announced to the other replicas.
    var announced: Int64 = 0
    /// Whether its store can be reached.
    var hasStore = true
    /// When its next timer is due, in true time; `nil` without one.
    var nextTimer: Timestamp?
    var isBusConnected = true

    var inFlightWork: String {
        zip(InFlightWork.Kind.allCases, underWay).map { "\($0)=\($1)" }.joined(separator: " ")
    }
}

struct ReplicaCounts: Codable, Hashable, Sendable {
    /// How often each crash point was passed.
    var passed: [String: Int] = [:]
    var marks: [String: Int] = [:]

    mutating func add(_ more: ReplicaCounts) {
        passed.merge(more.passed, uniquingKeysWith: +)
        marks.merge(more.marks, uniquingKeysWith: +)
    }
}
