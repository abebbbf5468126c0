import Bookings

/// One running replica of the service, in this process or in one of its own.
///
/// What a barrier asks for stays where it is asked: a change of threads would take longer than the answer.
protocol Replica: AnyObject, Sendable {
    /// Where it listens.
    var address: Address { get }

    /// It died, or is being killed.
    var isDead: Bool { get }

    nonisolated(nonsending) func state() async throws -> ReplicaState

    /// What it counted in this life.
    func counts() async throws -> ReplicaCounts

    /// The place of the newest event in the log.
    func head() async throws -> Int64

    /// Sets its true time; its timers do not run before `runTimers`.
    nonisolated(nonsending) func setTime(_ instant: Timestamp) async throws

    /// Runs its timers that are due by now, in their order.
    nonisolated(nonsending) func runTimers() async throws

    func set(_ change: ReplicaFaultState.Change) async throws

    /// The relay looks at the log, without being told of anything.
    func wake() async throws

    func stepClock(by jump: Duration) async throws

    /// Kills it, or clears away what a death at an armed point left.
    func bury() async

    /// SIGTERM: returns when it has ended in order.
    func terminate() async throws
}

/// What a barrier looks at, over and over: it has to be cheap.
struct ReplicaState: Codable, Hashable, Sendable {
    var isDead = false
    /// Nothing is under way but what waits for the world.
    var isAtRest = false
    /// How much is under way, by kind, in the order of `InFlightWork.Kind`.
    var underWay: [Int] = []
    /// The place in the log up to which its sockets were told.
    var relayed: Int64 = 0
    /// How many events it sent to sockets in this life; nil when that is not known.
    var sent: Int?
    /// The newest place in the log of which it told the others.
    var announced: Int64 = 0
    /// Its store is not cut off.
    var hasStore = true
    /// The true instant of its next timer.
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
