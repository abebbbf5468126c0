import Bookings

/// The replicas of a run in lock-step: virtual time moves on only when all of them are at rest.
actor Cluster {
    /// The replicas did not come to rest within `patience`.
    struct NoConvergence: Error, CustomStringConvertible {
        let description: String
    }

    private let seed: UInt64
    private let settings: Settings
    private let mutant: String?
    /// The proxies in front of the replicas, by replica.
    private var fronts: [Int: TCPProxy]
    /// Whether the proxies are those of another owner, for clients that are not the simulator's.
    private let servesOthers: Bool
    private let hasNarrowSockets: Bool
    private let hasWrongClocks: Bool
    let deployment: any Deployment
    var slots: [ReplicaSlot]
    private let time: TrueTime
    /// How long nothing may move before the run is given up, in real time.
    private let patience: Duration
    private let keyServer: KeyServer?
    let receivers: WebhookReceivers?
    /// How long an announcement over the bus may take while a fault window is open, in real time.
    private static let announcementDelay = Duration.seconds(1)
    var windows = FaultWindows()
    /// The crashes at armed points so far.
    var crashes: [History.Crash] = []

    var now: Timestamp { time.now }

    init(
        plan: Plan, deployment: any Deployment, time: TrueTime, patience: Duration, keyServer: KeyServer? = nil,
        receivers: WebhookReceivers? = nil, fronts: [TCPProxy] = []
    ) {
        seed = plan.seed
        settings = plan.settings
        mutant = plan.mutant
        hasNarrowSockets = plan.hasStalledSockets
        hasWrongClocks = plan.hasWrongClocks
        self.deployment = deployment
        self.time = time
        self.patience = patience
        self.keyServer = keyServer
        self.receivers = receivers
        self.fronts = Dictionary(uniqueKeysWithValues: fronts.enumerated().map { ($0.offset, $0.element) })
        servesOthers = !fronts.isEmpty
        slots = (0..<plan.settings.replicas).map { number in
            ReplicaSlot(skew: plan.settings.skews.isEmpty ? 0 : plan.settings.skews[number % plan.settings.skews.count])
        }
    }

    func start() async throws {
        for number in slots.indices { try await open(number) }
    }

    func open(_ number: Int) async throws {
        slots[number].life += 1
        var setup = ReplicaSetup(
            seed: seed, number: number, life: slots[number].life, now: now, skew: slots[number].skew,
            settings: settings, mutant: mutant, hasNarrowSockets: hasNarrowSockets,
            disciplinesClock: hasWrongClocks || settings.stores == .services, hasWrongClocks: hasWrongClocks,
            keySetURL: keyServer?.url(replica: number, life: slots[number].life))
        setup.servesOthers = servesOthers
        receivers?.begin(number)
        let replica = try await deployment.open(setup)
        slots[number].replica = replica
        try await front(number, replica.address)
        if windows.areOn { try await replica.set(.pollsLog(true)) }
    }

    /// Puts a proxy in front of a replica, if the plan or its mutant has one.
    private func front(_ number: Int, _ address: Address) async throws {
        let tap = Mutant(named: mutant)?.answerTap
        if let front = fronts[number] { return front.aim(at: address.port) }
        guard tap != nil || settings.isFronted else { return }
        let proxy = TCPProxy(
            host: address.host, target: address.port, tap: tap ?? { AnswerFilter(ProxyMistake()) })
        try await proxy.start()
        fronts[number] = proxy
    }

    /// Lets the proxies pass connections on to the replicas of this cluster again.
    func aimFronts() {
        for (number, front) in fronts { if let replica = slots[number].replica { front.aim(at: replica.address.port) } }
    }

    /// A running replica and where it listens.
    struct Endpoint: Sendable {
        let replica: Int
        let address: Address
    }

    /// The requested replica, or the next running one; `nil` when none runs.
    func endpoint(_ wanted: Int) -> Endpoint? {
        for offset in slots.indices {
            let number = (wanted + offset) % slots.count
            if let replica = slots[number].replica, !slots[number].isPaused {
                let address = fronts[number].map { Address(port: $0.port) } ?? replica.address
                return Endpoint(replica: number, address: address)
            }
        }
        return nil
    }

    func life(of number: Int) -> Int { slots[number].life }

    /// Whether that life of the replica ended by a crash, or is about to.
    func isDying(_ number: Int, life: Int) -> Bool {
        if slots[number].crashed.contains(life) { return true }
        return slots[number].life == life && slots[number].replica?.isDead ?? false
    }

    /// Like `isDying`, for a replica that has just answered: what it does after its answer may pass the armed point.
    func diesOfAnswering(_ number: Int, life: Int) async -> Bool {
        if slots[number].armed != nil, slots[number].life == life { _ = try? await rest() }
        return isDying(number, life: life)
    }

    /// Whether that life of the replica ended in order, or is about to.
    func isEnding(_ number: Int, life: Int) -> Bool { slots[number].ended.contains(life) }

    /// Whether the replica runs and is not paused.
    func answers(_ number: Int) -> Bool { slots[number].replica != nil && !slots[number].isPaused }

    /// The number of events in the embedded log, whose positions have no gaps.
    func logLength() async throws -> Int {
        guard let replica = awake.first?.replica else { return 0 }
        return Int(try await replica.head())
    }

    // MARK: - Lock-step

    /// How often `rest` looks again at once. Work on embedded stores ends soon; databases need the processor meanwhile.
    private var roundsWithoutPause: Int { settings.stores == .embedded ? 500 : 20 }

    /// The replicas that run and are not paused.
    var awake: [(number: Int, replica: any Replica)] {
        slots.indices.compactMap { number in
            guard !slots[number].isPaused, let replica = slots[number].replica else { return nil }
            return (number, replica)
        }
    }

    /// Returns when nothing is under way on any replica and each has sent the whole log to its sockets. The result shows
    /// how far each has come.
    ///
    /// - Parameter awaitsDelivery: `false` to wait only until nothing is under way; the result is then empty.
    @discardableResult
    func rest(awaitsDelivery: Bool = true) async throws -> [DeliveryProgress] {
        var waiting = StallDetector()
        var seen: [ReplicaState] = []
        var rounds = 0
        while true {
            var states: [ReplicaState] = []
            let asked = awake
            for (_, replica) in asked { states.append(try await replica.state()) }
            waiting.observe(hasChanged: states != seen)
            seen = states
            let isQuiet = zip(asked, states).allSatisfy { $1.isDead || isAtRest($1, number: $0.number) }
            if isQuiet, !awaitsDelivery { return [] }
            if isQuiet, try await haveDelivered(states, waited: waiting.waited) {
                return zip(asked, states).map {
                    DeliveryProgress(replica: $0.number, relayed: $1.relayed, sent: $1.sent)
                }
            }
            guard waiting.waited < patience else {
                let inFlight = states.map { "\($0.inFlightWork) relayed=\($0.relayed)" }
                throw NoConvergence(description: inFlight.joined(separator: "; "))
            }
            rounds += 1
            if rounds < roundsWithoutPause { await Task.yield() } else { try await Task.sleep(for: .microseconds(50)) }
        }
    }

    /// Whether nothing is under way on a replica but what a fault blocks, and what receivers of webhooks do not answer.
    private func isAtRest(_ state: ReplicaState, number: Int) -> Bool {
        guard state.isAtRest else { return false }
        let hasDueTimers = state.nextTimer.map { $0 <= now } ?? false
        return state.deliveries == receivers?.held(by: number, hasDueTimers: hasDueTimers) ?? 0
    }

    private func haveDelivered(_ states: [ReplicaState], waited: Duration) async throws -> Bool {
        // In a fault window a replica may not have been notified of the newest events; it reads them at its next poll.
        if windows.areOn || states.contains(where: \.isDead) {
            return haveReadAnnounced(states) || waited > Self.announcementDelay
        }
        guard let replica = awake.first(where: { !$0.replica.isDead })?.replica else { return true }
        let head = try await replica.head()
        return states.allSatisfy { $0.isDead || $0.relayed == head }
    }

    /// Whether each replica has read as far as any of them announced over the bus. Within one process the bus takes no
    /// time.
    private func haveReadAnnounced(_ states: [ReplicaState]) -> Bool {
        if settings.stores == .embedded || windows.isOpen(Fault.busWindow) { return true }
        let announced = states.lazy.filter { !$0.isDead }.map(\.announced).max() ?? 0
        return states.allSatisfy { $0.isDead || !$0.hasStore || $0.relayed >= announced }
    }

    /// Moves virtual time to the next timer, if it is due by the instant, and runs the timers that are due.
    ///
    /// - Returns: `false` if no timer is due by the instant, at which virtual time then stands.
    func turn(upTo limit: Timestamp) async throws -> Bool {
        var timers: [Int: Timestamp] = [:]
        for (number, replica) in awake { timers[number] = try await replica.state().nextTimer }
        let next = min(timers.values.min() ?? .latest, windows.end ?? .latest, receivers?.nextDue ?? .latest)
        let instant = max(now, min(next, limit))
        time.set(to: instant)
        for (_, replica) in awake { try await replica.setTime(instant) }
        guard next <= limit else { return false }
        if let receivers {
            receivers.answerDue(at: instant)
            try await rest(awaitsDelivery: false)
        }
        for (number, replica) in shuffled(awake) where timers[number].map({ $0 <= instant }) ?? false {
            try await replica.runTimers()
            try await rest(awaitsDelivery: false)
        }
        try await endAftermath()
        return true
    }

    /// The order of the replicas at an instant is drawn from the seed.
    private func shuffled(_ replicas: [(number: Int, replica: any Replica)]) -> [(number: Int, replica: any Replica)] {
        var random = SeededGenerator(seed: seed ^ UInt64(bitPattern: now.milliseconds), for: "turn")
        return replicas.shuffled(using: &random)
    }

    private func endAftermath() async throws {
        guard windows.endAftermath(at: now) else { return }
        for (_, replica) in awake { try await replica.set(.pollsLog(false)) }
    }

    // MARK: - The end

    /// The crash points passed and the marks reached, over all lives of all replicas.
    func counts() async -> ReplicaCounts {
        var sum = ReplicaCounts(marks: deployment.marks())
        for slot in slots {
            sum.add(slot.counted)
            if let counts = try? await slot.replica?.counts() { sum.add(counts) }
        }
        return sum
    }

    /// Ends the replicas in order, also those that do not end by themselves after a failed run.
    func stop() async {
        for number in slots.indices {
            try? await slots[number].replica?.terminate()
            slots[number].replica = nil
        }
        if !servesOthers { for front in fronts.values { await front.stop() } }
        try? await deployment.close()
    }
}
