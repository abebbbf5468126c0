import Bookings

/// The replicas of a run, in lock-step: the one true time, and the barrier before it moves.
actor Cluster {
    /// The replicas did not come to rest in time.
    struct NoConvergence: Error, CustomStringConvertible {
        let description: String
    }

    private let seed: UInt64
    private let settings: Settings
    private let mutant: String?
    private let hasNarrowSockets: Bool
    let deployment: any Deployment
    var slots: [ReplicaSlot]
    private let time: TrueTime
    /// How long nothing may move before the run is given up, in real time.
    private let patience: Duration
    /// How long a word over the bus may take while something is wrong, in real time.
    private static let hearsay = Duration.seconds(1)
    var troubles = FaultWindows()

    var now: Timestamp { time.now }

    init(plan: Plan, deployment: any Deployment, time: TrueTime, patience: Duration) {
        seed = plan.seed
        settings = plan.settings
        mutant = plan.mutant
        hasNarrowSockets = plan.hasStalledSockets
        self.deployment = deployment
        self.time = time
        self.patience = patience
        slots = (0..<plan.settings.replicas).map { number in
            ReplicaSlot(skew: plan.settings.skews.isEmpty ? 0 : plan.settings.skews[number % plan.settings.skews.count])
        }
    }

    func start() async throws {
        for number in slots.indices { try await open(number) }
    }

    func open(_ number: Int) async throws {
        slots[number].life += 1
        let setup = ReplicaSetup(
            seed: seed, number: number, life: slots[number].life, now: now, skew: slots[number].skew,
            settings: settings, mutant: mutant, hasNarrowSockets: hasNarrowSockets)
        let replica = try await deployment.open(setup)
        slots[number].replica = replica
        if troubles.areOn { try await replica.set(.troubled(true)) }
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

    /// The same for one that has just answered: what its answer set off may be what it dies of.
    func diesOfAnswering(_ number: Int, life: Int) async -> Bool {
        if slots[number].armed != nil, slots[number].life == life { _ = try? await rest() }
        return isDying(number, life: life)
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

    var awake: [(number: Int, replica: any Replica)] {
        slots.indices.compactMap { number in
            guard !slots[number].isPaused, let replica = slots[number].replica else { return nil }
            return (number, replica)
        }
    }

    /// Returns when nothing is under way on any replica, and each has told its sockets of the whole log (unless it has
    /// not to). Gives how far each has told, by which one sees whether there was anything to tell.
    @discardableResult
    func rest(hasToTell: Bool = true) async throws -> [DeliveryProgress] {
        var waiting = StallDetector()
        var seen: [ReplicaState] = []
        var rounds = 0
        while true {
            var states: [ReplicaState] = []
            let asked = awake
            for (_, replica) in asked { states.append(try await replica.state()) }
            waiting.look(hasMoved: states != seen)
            seen = states
            let isQuiet = states.allSatisfy { $0.isDead || $0.isAtRest }
            if isQuiet, !hasToTell { return [] }
            if isQuiet, try await haveTold(states, waited: waiting.waited) {
                return zip(asked, states).map {
                    DeliveryProgress(replica: $0.number, relayed: $1.relayed, sent: $1.sent)
                }
            }
            guard waiting.waited < patience else {
                let ledgers = states.map { "\($0.inFlightWork) relayed=\($0.relayed)" }
                throw NoConvergence(description: ledgers.joined(separator: "; "))
            }
            rounds += 1
            if rounds < 500 { await Task.yield() } else { try await Task.sleep(for: .microseconds(200)) }
        }
    }

    private func haveTold(_ states: [ReplicaState], waited: Duration) async throws -> Bool {
        // While something is wrong a replica may not know of the newest events; it will when it polls.
        if troubles.areOn || states.contains(where: \.isDead) {
            return hasHeardAll(states) || waited > Self.hearsay
        }
        guard let replica = awake.first(where: { !$0.replica.isDead })?.replica else { return true }
        let head = try await replica.head()
        return states.allSatisfy { $0.isDead || $0.relayed == head }
    }

    /// Whether each replica has read as far as any of them said over the bus that there was something to read. Within
    /// one process the bus takes no time.
    private func hasHeardAll(_ states: [ReplicaState]) -> Bool {
        if settings.stores == .embedded || troubles.isOn("the bus is down") { return true }
        let said = states.lazy.filter { !$0.isDead }.map(\.announced).max() ?? 0
        return states.allSatisfy { $0.isDead || !$0.hasStore || $0.relayed >= said }
    }

    /// Turns the clock to the next timer, if one lies at or before the instant, and lets each replica do what is due.
    /// False: none does; the clock then stands at the instant.
    func turn(upTo limit: Timestamp) async throws -> Bool {
        var timers: [Int: Timestamp] = [:]
        for (number, replica) in awake { timers[number] = try await replica.state().nextTimer }
        let next = min(timers.values.min() ?? .latest, troubles.calm ?? .latest)
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

    private func calmDown() async throws {
        guard troubles.calmDown(at: now) else { return }
        for (_, replica) in awake { try await replica.set(.troubled(false)) }
    }

    // MARK: - The end

    /// Points passed and marks reached, over all lives of all replicas.
    func counts() async -> ReplicaCounts {
        var sum = ReplicaCounts(marks: deployment.marks())
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
