import Bookings

/// A fault as the command line names it: `crash@write:after`, `redis-restart`.
enum FaultName: Codable, Hashable, Sendable, LosslessStringConvertible {
    case crash(CrashPoint?)
    case shutdown, pause, lostAnswer, storeDown, busDown, redisFlush, redisRestart, postgresRestart
    case dropSockets, midFrame, clockStep, holdReminders

    static let all: [FaultName] =
        [.crash(nil)] + CrashPoint.allCases.map { .crash($0) } + [
            .shutdown, .pause, .lostAnswer, .storeDown, .busDown, .redisFlush, .redisRestart, .postgresRestart,
            .dropSockets, .midFrame, .clockStep, .holdReminders,
        ]

    var description: String {
        switch self {
        case .crash(nil): "crash"
        case .crash(let point?): "crash@\(point.rawValue)"
        case .shutdown: "shutdown"
        case .pause: "pause"
        case .lostAnswer: "lost-answer"
        case .storeDown: "store-down"
        case .busDown: "bus-down"
        case .redisFlush: "redis-flush"
        case .redisRestart: "redis-restart"
        case .postgresRestart: "postgres-restart"
        case .dropSockets: "drop-sockets"
        case .midFrame: "mid-frame"
        case .clockStep: "clock-step"
        case .holdReminders: "hold-reminders"
        }
    }

    init?(_ description: String) {
        guard let kind = Self.all.first(where: { $0.description == description }) else { return nil }
        self = kind
    }
}

extension FaultName {
    /// Whether it shows only where reminders come due while it lasts.
    fileprivate var needsReminder: Bool {
        switch self {
        case .crash(.fireBefore), .crash(.fireAfter): true
        default: false
        }
    }
}

extension PlanBuilder {
    /// The fault at a drawn instant, and its end some seconds later.
    mutating func throwIn(_ kind: FaultName) {
        let drawn = instant(until / 10..<max(until * 9 / 10, until / 10 + 1))
        throwIn(kind, at: kind.needsReminder ? nextLook(after: drawn) ?? drawn : drawn)
    }

    mutating func throwIn(_ kind: FaultName, at instant: Int64) {
        let replica = replica()
        let end = instant + Int64(number(1..<60)) * 1000
        func both(_ fault: Fault, _ heal: Fault) {
            self.fault(fault, at: instant)
            self.fault(heal, at: end)
        }
        switch kind {
        case .crash(let point):
            both(.crash(replica: replica, at: point, hit: 1), .restart(replica: replica))
        case .shutdown: both(.shutdown(replica: replica), .restart(replica: replica))
        case .pause: both(.pause(replica: replica), .resume(replica: replica))
        case .lostAnswer: both(.loseAnswer(replica: replica), .restart(replica: replica))
        case .storeDown: both(.storeDown(replica: replica), .storeUp(replica: replica))
        case .busDown: both(.busDown, .busUp)
        case .redisFlush: fault(.redisFlush, at: instant)
        case .redisRestart: fault(.redisRestart, at: instant)
        case .postgresRestart: fault(.postgresRestart, at: instant)
        case .dropSockets: fault(.dropSockets(replica: replica), at: instant)
        case .midFrame: fault(.cutSocket("admin", afterBytes: number(1..<900)), at: instant)
        case .clockStep:
            fault(.stepClock(replica: replica, by: Int64(number(-60_000..<60_000))), at: instant)
        case .holdReminders: both(.holdReminders(replica: replica), .releaseReminders(replica: replica))
        }
    }
}
