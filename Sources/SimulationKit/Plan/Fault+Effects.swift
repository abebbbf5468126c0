import Bookings

/// Where a fault shows in a picture of the run.
package enum FaultPlace: Hashable, Sendable {
    case replica(Int)
    case socket(String)
    case redis
    case postgres
}

/// What kind of trouble a fault is; the fault that mends it names the same.
package enum FaultKind: String, Hashable, Sendable {
    case down, pause
    case storeDown = "store down"
    case busDown = "bus down"
    case hold = "reminders held"
    case slow
    case refusal = "writes refused"
    case harm = "lies in wait"
    case stall = "not read"
}

extension Fault {
    package var place: FaultPlace {
        switch self {
        case .crash(let replica, _, _), .shutdown(let replica), .restart(let replica), .restartIfDead(let replica),
            .pause(let replica),
            .resume(let replica), .loseAnswer(let replica), .storeDown(let replica), .storeUp(let replica),
            .dropSockets(let replica), .stepClock(let replica, _), .holdReminders(let replica),
            .releaseReminders(let replica):
            .replica(replica)
        case .busDown, .busUp, .redisFlush, .redisRestart, .redisSnapshot, .redisFailover: .redis
        case .postgresRestart, .postgresSlow, .postgresFast, .postgresCut, .postgresLoseAnswer, .postgresMend,
            .postgresRefuse, .postgresAccept:
            .postgres
        case .cutSocket(let socket, _), .stallSocket(let socket), .unstallSocket(let socket): .socket(socket)
        }
    }

    /// The trouble that lasts from here on; nil for what is over at once, and for what mends.
    package var beginning: FaultKind? {
        switch self {
        case .crash, .shutdown: .down
        case .pause: .pause
        case .storeDown: .storeDown
        case .busDown: .busDown
        case .holdReminders: .hold
        case .postgresSlow: .slow
        case .postgresRefuse: .refusal
        case .postgresCut, .postgresLoseAnswer: .harm
        case .stallSocket: .stall
        case .restart, .restartIfDead, .resume, .storeUp, .busUp, .releaseReminders, .loseAnswer, .redisFlush,
            .redisRestart, .redisSnapshot, .redisFailover, .postgresRestart, .postgresFast, .postgresAccept,
            .postgresMend, .dropSockets, .cutSocket, .unstallSocket, .stepClock:
            nil
        }
    }

    /// The trouble that ends here; nil for what mends nothing.
    package var ending: FaultKind? {
        switch self {
        case .restart, .restartIfDead: .down
        case .resume: .pause
        case .storeUp: .storeDown
        case .busUp: .busDown
        case .releaseReminders: .hold
        case .postgresFast: .slow
        case .postgresAccept: .refusal
        case .postgresMend: .harm
        case .unstallSocket: .stall
        case .crash, .shutdown, .pause, .storeDown, .busDown, .holdReminders, .loseAnswer, .redisFlush, .redisRestart,
            .redisSnapshot, .redisFailover, .postgresRestart, .postgresSlow, .postgresRefuse, .postgresCut,
            .postgresLoseAnswer, .dropSockets, .cutSocket, .stallSocket, .stepClock:
            nil
        }
    }

    /// In few words, for a label.
    package var label: String {
        switch self {
        case .crash(_, let point, let hit):
            point.map { "crash@\($0.rawValue)" + (hit > 1 ? " (\(hit))" : "") } ?? "crash"
        case .shutdown: "shutdown"
        case .restart, .restartIfDead: "restart"
        case .pause: "pause"
        case .resume: "resume"
        case .loseAnswer: "answer lost"
        case .storeDown: "store down"
        case .storeUp: "store up"
        case .busDown: "bus down"
        case .busUp: "bus up"
        case .redisFlush: "flush"
        case .redisRestart: "restart"
        case .redisSnapshot: "snapshot"
        case .redisFailover: "failover"
        case .postgresRestart: "restart"
        case .postgresSlow(let milliseconds): "\(milliseconds) ms slow"
        case .postgresFast: "fast"
        case .postgresCut: "statement cut"
        case .postgresLoseAnswer: "answer lost"
        case .postgresMend: "mended"
        case .postgresRefuse(let refusal, let times): "\(times) times \(refusal.rawValue)"
        case .postgresAccept: "accepts"
        case .dropSockets: "sockets dropped"
        case .cutSocket(_, let bytes): "cut after \(bytes) bytes"
        case .stallSocket: "not read"
        case .unstallSocket: "read"
        case .stepClock(_, let milliseconds): "clock \(milliseconds < 0 ? "" : "+")\(milliseconds) ms"
        case .holdReminders: "reminders held"
        case .releaseReminders: "reminders released"
        }
    }
}

extension Plan {
    /// How many of its troubles last, as nothing in it mends them.
    var unmended: Int {
        struct Trouble: Hashable { let kind: FaultKind, place: FaultPlace }
        var open: Set<Trouble> = []
        for operation in steps.flatMap(\.operations) {
            guard case .fault(let fault) = operation.verb else { continue }
            if let kind = fault.ending { open.remove(Trouble(kind: kind, place: fault.place)) }
            if let kind = fault.beginning { open.insert(Trouble(kind: kind, place: fault.place)) }
        }
        return open.count
    }
}
