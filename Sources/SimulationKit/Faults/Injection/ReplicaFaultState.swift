import Bookings
import Synchronization

/// The faults that are active on one replica. Its intercepted ports consult them before and after each call.
final class ReplicaFaultState: Sendable {
    /// A change of the state; sent over a pipe to replicas that are processes.
    enum Change: Codable, Hashable, Sendable {
        case arm(CrashPoint, hit: Int)
        case disarm
        case paused(Bool)
        case storeDown(Bool)
        case loseNextAnswer
        /// Announcements are lost, and the relay polls.
        case busCut(Bool)
        /// The relay polls as if the bus were disconnected.
        case pollsLog(Bool)
        case remindersHeld(Bool)
        /// Each use of the store takes this many milliseconds more, in real time.
        case storeSlow(Int)
    }

    fileprivate struct State {
        var armed: (point: CrashPoint, hits: Int)?
        var passed: [CrashPoint: Int] = [:]
        var isDead = false
        var isPaused = false
        var isStoreDown = false
        var slowness = 0
        var losesNextAnswer = false
        var isBusCut = false
        var pollsLog = false
        var areRemindersHeld = false
        var announced: Int64 = 0
        var blocked = 0
        var waiting: [(isReminder: Bool, CheckedContinuation<Void, Never>)] = []
        var marks: [String: Int] = [:]
        var wakers: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())
    /// Called once, when the replica dies at an armed point; in a process of its own it does not come back.
    private let onDeath: @Sendable () -> Void

    init(onDeath: @escaping @Sendable () -> Void = {}) {
        self.onDeath = onDeath
    }

    var isDead: Bool { state.withLock(\.isDead) }
    /// The number of calls that a fault blocks.
    var blocked: Int { state.withLock(\.blocked) }
    var isBusCut: Bool { state.withLock { $0.isBusCut || $0.isDead } }
    var distrustsBus: Bool { state.withLock { $0.isBusCut || $0.pollsLog } }
    var isStoreDown: Bool { state.withLock(\.isStoreDown) }
    /// The newest log position that the replica announced to the others.
    var announced: Int64 { state.withLock(\.announced) }
    /// How often each crash point was passed.
    var passed: [CrashPoint: Int] { state.withLock(\.passed) }
    var marks: [String: Int] { state.withLock(\.marks) }

    /// Notes a log position that the replica announced.
    func noteAnnounced(_ position: Int64) { state.withLock { $0.announced = max($0.announced, position) } }

    func mark(_ name: String) { state.withLock { $0.marks[name, default: 0] += 1 } }

    func set(_ change: Change) {
        let released = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            switch change {
            case .arm(let point, let hit): state.armed = (point, hit)
            case .disarm:
                state.armed = nil
                state.losesNextAnswer = false
            case .paused(let isPaused): state.isPaused = isPaused
            case .storeDown(let isDown): state.isStoreDown = isDown
            case .loseNextAnswer: state.losesNextAnswer = true
            case .busCut(let isCut): state.isBusCut = isCut
            case .pollsLog(let pollsLog): state.pollsLog = pollsLog
            case .remindersHeld(let areHeld): state.areRemindersHeld = areHeld
            case .storeSlow(let milliseconds): state.slowness = milliseconds
            }
            return state.release()
        }
        for continuation in released { continuation.resume() }
    }

    /// Kills the replica: every later call fails, and nothing more is announced.
    func die() {
        let released = state.withLock { state in
            state.isDead = true
            return state.release()
        }
        for continuation in released { continuation.resume() }
    }

    /// Called before each use of the store: waits while the replica is paused, and throws when the store is down.
    func enter(isReminder: Bool = false) async throws(StoreError) {
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                guard state.isStopped(isReminder) else { return true }
                state.blocked += 1
                state.waiting.append((isReminder, continuation))
                return false
            }
            if goesOn { continuation.resume() }
        }
        let slowness = state.withLock(\.slowness)
        if slowness > 0 {
            mark(CoverageMark.storeSlow.name)
            try? await Task.sleep(for: .milliseconds(slowness))
        }
        let (isDead, isDown) = state.withLock { ($0.isDead, $0.isStoreDown) }
        if isDead { throw .unavailable("the replica is dead") }
        if isDown { throw .unavailable("the store cannot be reached") }
    }

    /// Passes a crash point, at which the replica dies if it is armed.
    func pass(_ point: CrashPoint) throws(StoreError) {
        let (dies, wasDead) = state.withLock { state in
            let wasDead = state.isDead
            guard !wasDead else { return (false, true) }
            state.passed[point, default: 0] += 1
            guard let armed = state.armed, armed.point == point else { return (false, false) }
            state.armed = armed.hits > 1 ? (point, armed.hits - 1) : nil
            return (armed.hits <= 1, false)
        }
        if dies {
            die()
            onDeath()
        }
        if dies || wasDead { throw .unavailable("the replica is dead") }
    }

    /// Registers the listener that `wake` calls.
    func onWake(_ waker: @escaping @Sendable () -> Void) {
        state.withLock { $0.wakers.append(waker) }
    }

    /// Notifies the relay as an announcement would: it reads the log, and learns whether to poll from now on.
    func wake() {
        for waker in state.withLock(\.wakers) { waker() }
    }

    func takeLostAnswer() -> Bool {
        state.withLock { state in
            defer { state.losesNextAnswer = false }
            return state.losesNextAnswer
        }
    }
}

extension ReplicaFaultState.State {
    fileprivate func isStopped(_ isReminder: Bool) -> Bool {
        !isDead && (isPaused || (isReminder && areRemindersHeld))
    }

    /// Removes and returns the waiting calls that may go on.
    fileprivate mutating func release() -> [CheckedContinuation<Void, Never>] {
        let (staying, going) = waiting.reduce(into: ([], []) as (Waiting, Waiting)) { parts, one in
            if isStopped(one.isReminder) { parts.0.append(one) } else { parts.1.append(one) }
        }
        waiting = staying
        blocked -= going.count
        return going.map(\.1)
    }

    fileprivate typealias Waiting = [(isReminder: Bool, CheckedContinuation<Void, Never>)]
}
