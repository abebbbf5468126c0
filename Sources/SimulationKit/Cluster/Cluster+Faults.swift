import Bookings

// What goes wrong with the replicas of a run, and how it is mended.

extension Cluster {
    /// Whether every live replica has looked for what is due, or will, and may not claim it.
    var holdsReminders: Bool {
        let live = slots.filter { $0.replica != nil }
        return !live.isEmpty && live.allSatisfy(\.isHeld)
    }

    var isTroubled: Bool { troubles.areOn }

    /// Something is wrong, or a replica has just died.
    var isAmiss: Bool { isTroubled || slots.contains { $0.replica?.isDead ?? false } }

    private func begin(_ what: String) async throws {
        guard troubles.begin(what, at: now) else { return }
        for (_, replica) in awake {
            try await replica.set(.troubled(true))
            try await replica.wake()
        }
    }

    private func heal(_ what: String) { troubles.heal(what, at: now) }

    /// What is over at once.
    private func happen(_ what: String) async throws {
        try await begin(what)
        heal(what)
    }

    /// Clears away the replicas that died since; gives their numbers.
    func bury() async throws -> [Int] {
        var dead: [Int] = []
        for number in slots.indices {
            guard let replica = slots[number].replica, replica.isDead else { continue }
            if let mark = slots[number].armed?.mark {
                slots[number].counted.add(ReplicaCounts(marks: [mark.name: 1]))
            }
            try await bury(number)
            dead.append(number)
        }
        return dead
    }

    private func bury(_ number: Int) async throws {
        guard let replica = slots[number].replica else { return }
        await note(number)
        slots[number].crashed.insert(slots[number].life)
        slots[number].clear()
        await replica.bury()
        try await begin("replica \(number) is down")
    }

    private func note(_ number: Int) async {
        guard let counts = try? await slots[number].replica?.counts() else { return }
        slots[number].counted.add(counts)
    }

    func apply(_ fault: Fault) async throws {
        switch fault {
        case .crash(let number, nil, _): try await bury(number)
        case .crash(let number, let point?, let hit):
            try await set(number, .arm(point, hit: hit))
            slots[number].armed = point
        case .shutdown(let number):
            guard let replica = slots[number].replica, !slots[number].isPaused else { return }
            await note(number)
            try await begin("replica \(number) is down")
            slots[number].ended.insert(slots[number].life)
            try await replica.terminate()
            if replica.isDead { slots[number].crashed.insert(slots[number].life) }
            slots[number].replica = nil
        case .restart(let number):
            if slots[number].replica == nil { try await open(number) } else { try await set(number, .disarm) }
            slots[number].armed = nil
            heal("replica \(number) is down")
            heal("replica \(number) loses an answer")
        case .restartIfDead(let number):
            if slots[number].replica == nil { try await apply(.restart(replica: number)) }
        case .pause(let number):
            guard slots[number].replica != nil else { return }
            try await set(number, .paused(true))
            slots[number].isPaused = true
            try await begin("replica \(number) is paused")
        case .resume(let number):
            // One that died meanwhile is paused no more.
            guard slots[number].isPaused, let replica = slots[number].replica else {
                return heal("replica \(number) is paused")
            }
            slots[number].isPaused = false
            try await replica.setTime(now)
            try await set(number, .paused(false))
            try await replica.runTimers()
            try await replica.wake()
            heal("replica \(number) is paused")
        case .loseAnswer(let number):
            try await set(number, .loseNextAnswer)
            try await begin("replica \(number) loses an answer")
        case .storeDown(let number):
            try await set(number, .storeDown(true))
            try await begin("replica \(number) has no store")
        case .storeUp(let number):
            try await set(number, .storeDown(false))
            heal("replica \(number) has no store")
        case .busDown:
            try await begin("the bus is down")
            for number in slots.indices { try await set(number, .busCut(true)) }
            try await deployment.cutBus()
        case .busUp:
            try await deployment.mendBus()
            for (_, replica) in awake { try await waitForBus(replica) }
            for number in slots.indices { try await set(number, .busCut(false)) }
            for (_, replica) in awake { try await replica.wake() }
            heal("the bus is down")
        case .redisFlush: try await deployment.flushRedis()
        case .redisRestart:
            try await apply(.busDown)
            try await deployment.restartRedis()
            try await apply(.busUp)
        case .redisSnapshot: try await deployment.snapshotRedis()
        case .redisFailover:
            try await apply(.busDown)
            try await deployment.failOverRedis()
            try await apply(.busUp)
        case .postgresSlow(let milliseconds):
            try await begin("the database is slow")
            try await slow(by: milliseconds)
        case .postgresFast:
            try await slow(by: 0)
            heal("the database is slow")
        case .postgresCut:
            try await deployment.armPostgres(.cut)
            try await begin("a statement is cut")
        case .postgresLoseAnswer:
            try await deployment.armPostgres(.loseAnswer)
            try await begin("the database's answer is lost")
        case .postgresMend:
            try await deployment.armPostgres(nil)
            heal("a statement is cut")
            heal("the database's answer is lost")
        case .postgresRefuse(let refusal, let times):
            try await begin("the database refuses writes")
            try await deployment.refuseWrites(refusal, times: times)
        case .postgresAccept:
            try await deployment.refuseWrites(nil, times: 0)
            heal("the database refuses writes")
        case .stallSocket(let name): try await begin(History.FaultPeriod.stall(of: name))
        case .unstallSocket(let name): heal(History.FaultPeriod.stall(of: name))
        case .postgresRestart:
            try await deployment.restartPostgres()
            try await happen("the database restarts")
        case .stepClock(let number, let jump):
            slots[number].skew += jump
            try await slots[number].replica?.stepClock(by: .milliseconds(jump))
            try await happen("the clock of replica \(number) jumps")
        case .holdReminders(let number):
            try await set(number, .remindersHeld(true))
            slots[number].isHeld = true
            try await begin("reminders of replica \(number) are held")
        case .releaseReminders(let number):
            try await set(number, .remindersHeld(false))
            slots[number].isHeld = false
            heal("reminders of replica \(number) are held")
        case .dropSockets, .cutSocket: preconditionFailure("The world cuts the sockets.")
        }
    }

    private func slow(by milliseconds: Int) async throws {
        if try await deployment.slowPostgres(by: .milliseconds(milliseconds)) { return }
        for number in slots.indices { try await set(number, .storeSlow(milliseconds)) }
    }

    private func set(_ number: Int, _ change: ReplicaFaultState.Change) async throws {
        try await slots[number].replica?.set(change)
    }

    private func waitForBus(_ replica: any Replica) async throws {
        var waiting = StallDetector()
        while try await !replica.state().isBusConnected {
            waiting.look(hasMoved: false)
            guard waiting.waited < .seconds(20) else {
                throw NoConvergence(description: "the bus does not come back")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Mends whatever is still broken.
    func healAll() async throws {
        for number in slots.indices {
            try await apply(.resume(replica: number))
            try await apply(.restart(replica: number))
            try await apply(.storeUp(replica: number))
            try await apply(.releaseReminders(replica: number))
        }
        if troubles.isOn("the bus is down") { try await apply(.busUp) }
        for fault in [Fault.postgresFast, .postgresMend, .postgresAccept] { try await apply(fault) }
    }
}

extension CrashPoint {
    /// The rare situation in which a replica that dies there leaves the others.
    fileprivate var mark: CoverageMark? {
        switch self {
        case .writeAfter: .crashAfterCommit
        case .fireAfter: .crashAfterFire
        default: nil
        }
    }
}
