import Bookings

/// A fault as the command line names it: `crash@write:after`, `redis-restart`.
package enum FaultName: Codable, Hashable, Sendable, LosslessStringConvertible {
    case crash(CrashPoint?)
    case shutdown, pause, lostAnswer, storeDown, busDown, redisFlush, redisRestart, postgresRestart
    case dropSockets, midFrame, clockStep, holdReminders
    case stalledReader, redisFailover, postgresSlow, postgresCut, postgresAnswerLost, serializationFailure, deadlock
    case droppedReader

    package static let all: [FaultName] =
        [.crash(nil)] + CrashPoint.allCases.map { .crash($0) } + [
            .shutdown, .pause, .lostAnswer, .storeDown, .busDown, .redisFlush, .redisRestart, .postgresRestart,
            .dropSockets, .midFrame, .clockStep, .holdReminders, .stalledReader, .redisFailover, .postgresSlow,
            .postgresCut, .postgresAnswerLost, .serializationFailure, .deadlock, .droppedReader,
        ]

    /// Those that `everything` draws from. A name that is added here changes the plan of each of its seeds.
    static let ofEverything: [FaultName] = Array(all.prefix { $0 != .stalledReader }).filter {
        $0 != .midFrame && $0 != .clockStep
    }

    /// Whether there is nothing that it could befall without PostgreSQL and Redis.
    package var needsServices: Bool {
        switch self {
        case .redisFailover, .postgresCut, .postgresAnswerLost, .serializationFailure, .deadlock: true
        default: false
        }
    }

    /// Whether it befalls a client's connection, which then goes through a proxy.
    var needsProxies: Bool { [.midFrame, .stalledReader, .droppedReader].contains(self) }

    package var description: String {
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
        case .stalledReader: "stalled-reader"
        case .redisFailover: "redis-failover"
        case .postgresSlow: "postgres-slow"
        case .postgresCut: "postgres-cut"
        case .postgresAnswerLost: "postgres-answer-lost"
        case .serializationFailure: "serialization-failure"
        case .deadlock: "deadlock"
        case .droppedReader: "dropped-reader"
        }
    }

    package init?(_ description: String) {
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
        func lieInWait(_ fault: Fault, _ heal: Fault) {
            both(fault, heal)
            meet(after: instant)
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
        case .stalledReader: lieInWait(.stallSocket("admin"), .unstallSocket("admin"))
        case .redisFailover: lieInWait(.redisSnapshot, .redisFailover)
        case .postgresSlow: lieInWait(.postgresSlow(milliseconds: number(1..<10)), .postgresFast)
        case .postgresCut: lieInWait(.postgresCut, .postgresMend)
        case .postgresAnswerLost: lieInWait(.postgresLoseAnswer, .postgresMend)
        case .serializationFailure:
            lieInWait(.postgresRefuse(.serializationFailure, times: number(1..<4)), .postgresAccept)
        case .deadlock: lieInWait(.postgresRefuse(.deadlock, times: number(1..<4)), .postgresAccept)
        case .droppedReader:
            both(.stallSocket("admin"), .unstallSocket("admin"))
            flood(after: instant)
        }
    }

    /// More than what may wait for a client, within a second.
    private mutating func flood(after instant: Int64) {
        for number in 1...Int64(200) {
            _ = book(
                at: instant + number, provider: calmProvider(), start: instant + Self.hour * (24 + number), minutes: 5)
        }
    }

    /// Whoever waits for a write or a list finds one.
    private mutating func meet(after instant: Int64) {
        _ = book(at: instant + 1, provider: calmProvider(), start: instant + Self.hour, minutes: 5)
        add(at: instant + 2, .admin, .list("/bookings/upcoming?limit=10"))
    }

    /// One for whose times nobody races, if there is one.
    private mutating func calmProvider() -> Int? {
        let calm = (0..<settings.providers).filter { !settings.racyProviders.contains($0) }
        return calm.isEmpty ? nil : pick(calm)
    }
}
