import Bookings
import BookingsRuntime

/// One run of a plan: its clients on real connections to real replicas, with everything recorded in `history`.
///
/// A run goes step by step. Between two steps stands a barrier, which returns when nothing is under way on any replica
/// and every event that was sent has been received; only then does virtual time move on.
actor SimulationRun {
    let plan: Plan
    let participants: Participants
    let web = WebClient()
    let recorder: Recorder
    let cluster: Cluster
    /// The deployed service under test; `nil` when the run has replicas of its own.
    let target: RemoteTarget?
    /// Publishes the keys of tokens; `nil` in runs without one.
    let keyServer: KeyServer?
    /// The receivers of webhooks; `nil` in runs without any.
    let receivers: WebhookReceivers?
    private let showsProgress: Bool
    /// How long a run goes on after the last heal, so that what is late arrives.
    private static let aftermath = Duration.seconds(30)
    /// The same in real time.
    private static let realAftermath = Duration.seconds(6)
    var history = History()
    var trace: Trace
    /// Each booking of the plan, by its label, as the newest answer showed it.
    var bookings: [String: History.Row] = [:]
    var sockets: [String: Socket] = [:]
    /// The clients of other transports, by name.
    var followers: [String: Follower] = [:]
    /// The cursor behind the part of the log that was read; `nil` before.
    var logCursor: String?
    /// When the log was read last while the run went on.
    var logReadAt: Timestamp
    /// Requests without an answer from a replica that was ending in order.
    var unanswered: [(request: String, replica: Int, life: Int)] = []
    /// The faults that began and were not healed.
    var activeFaults: [FaultEvent] = []
    /// What the replicas had sent when all of it was received; `nil` while that is not known.
    var received: [DeliveryProgress]?
    var deliveries = DeliveryBarrier()

    /// - Parameters:
    ///   - target: For the world `remote`, in which time passes by itself.
    ///   - patience: How long nothing may move before the run is given up, in real time.
    init(
        plan: Plan, deployment: any Deployment, target: RemoteTarget? = nil, patience: Duration = .seconds(5),
        showsProgress: Bool = false
    ) {
        self.plan = plan
        self.target = target
        self.showsProgress = showsProgress
        participants = Participants(plan: plan, signer: target?.signer)
        let time = TrueTime(Timestamp(milliseconds: plan.settings.begin), clock: target.map { _ in SystemClock() })
        recorder = Recorder(time: time)
        logReadAt = time.now
        keyServer = plan.settings.hasKeyServer ? KeyServer(seed: plan.seed, time: time) : nil
        receivers =
            plan.settings.hasReceivers
            ? WebhookReceivers(seed: plan.seed, time: time) { [recorder] in recorder.next() } : nil
        cluster = Cluster(
            plan: plan, deployment: deployment, time: time, patience: patience, keyServer: keyServer,
            receivers: receivers)
        trace = Trace(header: Trace.header(of: plan))
        history.leads = plan.settings.leads.map { .milliseconds($0) }
        history.providers = participants.providers
        history.initialStatus = plan.settings.isPendingFirst ? .pending : .confirmed
        history.clockTolerance = plan.clockTolerance
        history.replicas = plan.settings.replicas
        history.rateLimit = plan.settings.requestsAMinute.map {
            History.RateLimit(requests: $0, seconds: 60, isShared: plan.settings.stores == .services)
        }
        history.retention = .seconds(plan.settings.retentionSeconds)
        history.leastBookings = plan.leastBookings
        history.expectations = plan.expectations ?? []
    }

    /// Runs the whole plan. The history holds what happened also when it throws.
    func run() async throws {
        try await keyServer?.start()
        try await receivers?.start(replicas: plan.settings.replicas)
        try await cluster.start()
        history.begunAt = await cluster.now
        do {
            try await performPlan()
        } catch let error as Cluster.NoConvergence {
            history.convergenceFailures.append(error.description)
            await abort()
        } catch SimulatorError.crashed(let reason) {
            history.crash = reason
            await abort()
        }
        let counts = await cluster.counts()
        history.marks.merge(counts.marks, uniquingKeysWith: +)
        history.faultPeriods = await cluster.windows.closed
        history.crashes = await cluster.crashes
        history.keys.publications = keyServer?.publications ?? []
        history.keys.readings = keyServer?.readings ?? []
        trace.barrier()
    }

    /// Ends a run that cannot be continued; its database is not judged.
    func abort() async {
        history.wasAborted = true
        history.endedAt = await cluster.now
    }

    /// Closes all connections and ends the replicas, also those that would not end in order after a failed run.
    func close() async {
        for socket in sockets.values {
            await socket.client?.close()
            await socket.proxy?.proxy.stop()
        }
        await receivers?.stop()
        await cluster.stop()
        await keyServer?.stop()
        await web.shutdown()
    }

    /// How often each crash point was passed.
    func passed() async -> [String: Int] { await cluster.counts().passed }

    private func performPlan() async throws {
        for (index, caller) in participants.listeners.enumerated() {
            try await listen(caller.description, caller, replica: index % plan.settings.replicas)
        }
        let begin = Timestamp(milliseconds: plan.settings.begin)
        for (index, step) in plan.steps.enumerated() {
            try await advance(to: begin + .milliseconds(step.at))
            try await perform(step)
            if showsProgress, index % 500 == 499 { Progress.show("step \(index + 1) of \(plan.steps.count)") }
        }
        try await advance(to: begin + .milliseconds(plan.settings.until))
        try await healAll()
        try await advance(to: await cluster.now + (target == nil ? Self.aftermath : Self.realAftermath))
        // Where time passes by itself, more may have happened meanwhile.
        try await barrier()
        try await settleWebhooks()
        history.endedAt = await cluster.now
        await collectWebhooks()
        try await collectFinalState()
    }

    private func perform(_ step: Step) async throws {
        if step.operations.count == 1 {
            try await perform(step.operations[0], race: step.race)
        } else {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for operation in step.operations {
                    group.addTask { try await self.perform(operation, race: step.race) }
                }
                try await group.waitForAll()
            }
        }
        try await barrier()
    }

    private func perform(_ operation: Operation, race: Step.Race) async throws {
        switch operation.verb {
        case .fault(let event): try await apply(event, operation)
        case .listen(let socket): try await listen(socket, operation.caller, replica: operation.replica)
        case .follow(let listener, let transport): try await follow(listener, transport, operation)
        case .walk(let list, let limit, let between):
            try await walk(list, limit: limit, between: between, by: operation)
        case .partition: try await partition(by: operation)
        case .presentKey(let key): await present(key, operation)
        case .publishKeys(let keys): await publish(keys, operation)
        case .webhook(let label, let request): try await manage(label, request, operation)
        case .flawedToken(let flaw): await tryToken(flaw, operation)
        case .probe(let path): await probe(path, operation)
        case .create, .act, .read, .revalidate, .history, .list: await send(operation, race: race)
        }
    }

    func note(_ members: KeyValuePairs<String, String>) { trace.note(Trace.line(members)) }
}
