import Bookings

/// The replicas of a run, in lock-step: the one true time, and the barrier before it moves.
actor Cluster {
    /// The replicas did not come to rest in time.
    struct NoConvergence: Error, CustomStringConvertible {
        let description: String
    }

    private struct Slot {
        /// Nil while it is dead.
        var replica: (any Replica)?
        var life = 0
        var isPaused = false
        var isHeld = false
        /// The point at which it is to die.
        var armed: CrashPoint?
        var skew: Int64
        /// The lives that a crash ended, and those that a SIGTERM did.
        var crashed: Set<Int> = []
        var ended: Set<Int> = []
        /// What its earlier lives counted.
        var counted = ReplicaCounts()
    }

    /// How long nothing may move before the run is given up, in real time.
    private static let patience = Duration.seconds(5)
    /// For how long after the last heal the relays still poll, and verdicts are mild.
    static let aftermath = Duration.seconds(5)

    private let seed: UInt64
    private let settings: Settings
    private let mutant: String?
    private let deployment: any Deployment
    private var slots: [Slot]
    private let time: TrueTime
    private var open: [String: Timestamp] = [:]
    private(set) var troubles: [History.Trouble] = []
    private var calmAt: Timestamp?

    var now: Timestamp { time.now }

    init(plan: Plan, deployment: any Deployment, time: TrueTime) {
        seed = plan.seed
        settings = plan.settings
        mutant = plan.mutant
        self.deployment = deployment
        self.time = time
        slots = (0..<plan.settings.replicas).map { number in
            Slot(skew: plan.settings.skews.isEmpty ? 0 : plan.settings.skews[number % plan.settings.skews.count])
        }
    }

    func start() async throws {
        for number in slots.indices { try await open(number) }
    }

    private func open(_ number: Int) async throws {
        slots[number].life += 1
        let setup = ReplicaSetup(
            seed: seed, number: number, life: slots[number].life, now: now, skew: slots[number].skew,
            settings: settings, mutant: mutant)
        let replica = try await deployment.open(setup)
        slots[number].replica = replica
        if isTroubled { try await replica.set(.troubled(true)) }
    }

    /// The asked replica, or the next live one. Nil: none lives.
    func door(_ wanted: Int) -> (replica: Int, address: Address)? {
        for offset in slots.indices {
            let number = (wanted + offset) % slots.count
            if let replica = slots[number].replica, !slots[number].isPaused { return (number, replica.address) }
        }
        return nil
    }

    func life(of number: Int) -> Int { slots[number].life }

    /// Whether that life of the replica ended by a crash, or is ending so.
    func isDying(_ number: Int, life: Int) -> Bool {
        if slots[number].crashed.contains(life) { return true }
        return slots[number].life == life && slots[number].replica?.isDead ?? false
    }

    /// Whether that life of the replica ended in order, or is ending so.
    func isEnding(_ number: Int, life: Int) -> Bool { slots[number].ended.contains(life) }

    /// Whether it lives and is not paused.
    func answers(_ number: Int) -> Bool { slots[number].replica != nil && !slots[number].isPaused }

    /// How many events the embedded log holds: its places have no gaps.
    func logLength() async throws -> Int {
        guard let replica = awake.first?.replica else { return 0 }
        return Int(try await replica.head())
    }

    // MARK: - Lock-step

    private var awake: [(number: Int, replica: any Replica)] {
        slots.indices.compactMap { number in
            guard !slots[number].isPaused, let replica = slots[number].replica else { return nil }
            return (number, replica)
        }
    }

    /// Returns when nothing is under way on any replica, and each has told its sockets of the whole log (unless it has
    /// not to). Gives how far each has told, by which one sees whether there was anything to tell.
    @discardableResult
    func rest(hasToTell: Bool = true) async throws -> [Told] {
        var patience = Patience()
        var seen: [ReplicaState] = []
        var rounds = 0
        while true {
            var states: [ReplicaState] = []
            let asked = awake
            for (_, replica) in asked { states.append(try await replica.state()) }
            patience.look(hasMoved: states != seen)
            seen = states
            let isQuiet = states.allSatisfy { $0.isDead || $0.isAtRest }
            if isQuiet, !hasToTell { return [] }
            if isQuiet, try await haveTold(states, waited: patience.waited) {
                return zip(asked, states).map { Told(replica: $0.number, relayed: $1.relayed, sent: $1.sent) }
            }
            guard patience.waited < Self.patience else {
                let ledgers = states.map { "\($0.ledger) relayed=\($0.relayed)" }
                throw NoConvergence(description: ledgers.joined(separator: "; "))
            }
            rounds += 1
            if rounds < 500 { await Task.yield() } else { try await Task.sleep(for: .microseconds(200)) }
        }
    }

    private func haveTold(_ states: [ReplicaState], waited: Duration) async throws -> Bool {
        // While something is wrong a replica may not know of the newest events; it will when it polls.
        let isAmiss = isTroubled || states.contains(where: \.isDead)
        if isAmiss, settings.stores == .embedded || waited > .milliseconds(100) { return true }
        guard let replica = awake.first(where: { !$0.replica.isDead })?.replica else { return true }
        let head = try await replica.head()
        return states.allSatisfy { $0.isDead || $0.relayed == head }
    }

    /// Turns the clock to the next timer, if one lies at or before the instant, and lets each replica do what is due.
    /// False: none does; the clock then stands at the instant.
    func turn(upTo limit: Timestamp) async throws -> Bool {
        var timers: [Int: Timestamp] = [:]
        for (number, replica) in awake { timers[number] = try await replica.state().nextTimer }
        // There is no calm to come to while something else is still wrong.
        let calm = open.isEmpty ? calmAt : nil
        let next = min(timers.values.min() ?? .latest, calm ?? .latest)
        let instant = max(now, min(next, limit))
        time.set(to: instant)
        for (_, replica) in awake { try await replica.setTime(instant) }
        guard next <= limit else { return false }
        for (number, replica) in shuffled(awake) where timers[number].map({ $0 <= instant }) ?? false {
            try await replica.runTimers()
            try await rest(hasToTell: false)
        }
        try await calmDown()
        return true
    }

    /// Whoever is first at an instant is drawn from the seed.
    private func shuffled(_ replicas: [(number: Int, replica: any Replica)]) -> [(number: Int, replica: any Replica)] {
        var random = SeededGenerator(seed: seed ^ UInt64(bitPattern: now.milliseconds), for: "turn")
        return replicas.shuffled(using: &random)
    }

    // MARK: - Trouble

    /// Whether every live replica has looked for what is due, or will, and may not claim it.
    var holdsReminders: Bool {
        let live = slots.filter { $0.replica != nil }
        return !live.isEmpty && live.allSatisfy(\.isHeld)
    }

    var isTroubled: Bool { !open.isEmpty || calmAt != nil }

    private func begin(_ what: String) async throws {
        guard open[what] == nil else { return }
        open[what] = now
        for (_, replica) in awake {
            try await replica.set(.troubled(true))
            try await replica.wake()
        }
    }

    private func heal(_ what: String) {
        guard let from = open.removeValue(forKey: what) else { return }
        troubles.append(History.Trouble(what: what, from: from, until: now))
        calmAt = now + Self.aftermath
    }

    private func happen(_ what: String) async throws {
        try await begin(what)
        heal(what)
    }

    private func calmDown() async throws {
        guard let calmAt, calmAt <= now, open.isEmpty else { return }
        self.calmAt = nil
        for (_, replica) in awake { try await replica.set(.troubled(false)) }
    }

    /// Clears away the replicas that died since; gives their numbers.
    func bury() async throws -> [Int] {
        var dead: [Int] = []
        for number in slots.indices {
            guard let replica = slots[number].replica, replica.isDead else { continue }
            if let mark = slots[number].armed?.mark {
                slots[number].counted.add(ReplicaCounts(marks: [mark.rawValue: 1]))
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
        slots[number].replica = nil
        slots[number].isPaused = false
        slots[number].isHeld = false
        slots[number].armed = nil
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

    private func set(_ number: Int, _ change: Conditions.Change) async throws {
        try await slots[number].replica?.set(change)
    }

    private func waitForBus(_ replica: any Replica) async throws {
        let started = ContinuousClock.now
        while try await !replica.state().isBusConnected {
            guard ContinuousClock.now - started < .seconds(20) else {
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
        if open["the bus is down"] != nil { try await apply(.busUp) }
    }

    /// Points passed and marks reached, over all lives of all replicas.
    func counts() async -> ReplicaCounts {
        var sum = ReplicaCounts()
        for slot in slots {
            sum.add(slot.counted)
            if let counts = try? await slot.replica?.counts() { sum.add(counts) }
        }
        return sum
    }

    func stop() async throws {
        for number in slots.indices {
            if let replica = slots[number].replica { try await replica.terminate() }
            slots[number].replica = nil
        }
        try await deployment.close()
    }
}

extension CrashPoint {
    /// The rare situation in which a replica that dies there leaves the others.
    fileprivate var mark: Mark? {
        switch self {
        case .writeAfter: .crashAfterCommit
        case .fireAfter: .crashAfterFire
        default: nil
        }
    }
}
