import Bookings
import Synchronization

/// A load test: prepares its workers, runs its steps, and adds up what they measured.
package final class LoadSession: Sendable {
    package let settings: LoadSettings
    private let workers: WorkerSet
    let clock: any WallClock
    private let state = Mutex(State())

    private struct State {
        /// Why no further request is sent, and since when.
        var stop: (reason: String, at: Timestamp)?
    }

    /// How long before a step begins its workers are told.
    static let startDelay = Duration.milliseconds(300)
    /// The time that one reminder is given to be booked before the load.
    private static let armingTime = Duration.milliseconds(4)

    init(settings: LoadSettings, workers: [any LoadWorker], clock: any WallClock) {
        self.settings = settings
        self.workers = WorkerSet(workers)
        self.clock = clock
    }

    /// A load test in this process.
    package convenience init(settings: LoadSettings, clock: any WallClock) {
        self.init(settings: settings, workers: [LocalWorker(settings: settings, clock: clock)], clock: clock)
    }

    /// A load test in child processes, each with a part of the providers.
    ///
    /// - Parameter program: The simulator's executable.
    package convenience init(
        settings: LoadSettings, processes: Int, program: String, clock: any WallClock
    ) throws {
        let workers = try (0..<processes).map {
            try ProcessWorker(program: program, settings: settings, process: $0, of: processes)
        }
        self.init(settings: settings, workers: workers, clock: clock)
    }

    // MARK: - Runs

    /// Runs the shape of the settings.
    ///
    /// - Parameter observe: Receives each second when it is over.
    package func run(observe: @escaping @Sendable (LoadSnapshot) -> Void) async throws -> LoadResult {
        try await withWorkers { preparation in
            observe(.prepared(listeners: preparation.listeners, of: self.settings.listeners))
            var begin = self.clock.now() + Self.startDelay
            if self.settings.reminders > 0 {
                begin = begin + Self.armingTime * self.settings.reminders + .seconds(2)
                let lead = try await self.lead()
                try await self.workers.arm(for: begin, lead: lead)
                begin = max(begin, self.clock.now())
            }
            let outcome = try await self.run(self.settings.shape, self.settings.seed, begin, observe)
            return self.result(outcome, preparation)
        }
    }

    func withWorkers(
        _ body: @escaping @Sendable (LoadPreparation) async throws -> LoadResult
    ) async throws -> LoadResult {
        let outcome: Result<LoadResult, any Error>
        do {
            outcome = .success(try await body(try await workers.prepare()))
        } catch {
            outcome = .failure(error)
        }
        await workers.close()
        return try outcome.get()
    }

    func result(_ outcome: StepOutcome, _ preparation: LoadPreparation) -> LoadResult {
        var result = LoadResult(
            settings: settings, measures: outcome.measures, points: outcome.points, duration: outcome.duration)
        result.measures.frames.socketErrors = preparation.errors
        result.listenersOpened = preparation.listeners
        result.stopReason = stopReason
        return result
    }

    private func lead() async throws -> Duration {
        if let lead = settings.lead { return lead }
        return try await workers.reportedLead()
    }

    // MARK: - Steps

    /// What was measured in a step.
    struct StepOutcome {
        var measures = LoadMeasures()
        var points: [LoadPoint] = []
        /// The measured time; shorter than that of the shape when the load was stopped.
        var duration = Duration.zero
    }

    func run(
        _ shape: LoadShape, _ seed: UInt64, _ begin: Timestamp, warmUp: Duration? = nil,
        _ observe: @escaping @Sendable (LoadSnapshot) -> Void
    ) async throws -> StepOutcome {
        // An interrupt may have come before.
        guard stopReason == nil else { return StepOutcome() }
        let warmUp = warmUp ?? settings.warmUp
        let step = LoadStep(shape: shape, seed: seed, begin: begin.milliseconds, warmUp: warmUp.inSeconds)
        let (measures, points) = try await workers.run(step) { self.observe($0, observe) }
        let sent = state.withLock(\.stop).map { min(shape.duration, begin.duration(to: $0.at)) } ?? shape.duration
        return StepOutcome(measures: measures, points: points, duration: max(.zero, sent - warmUp))
    }

    private func observe(_ progress: LoadProgress, _ observe: @Sendable (LoadSnapshot) -> Void) {
        observe(.second(progress.number + 1, progress.second.point, listeners: progress.listeners))
        guard let measures = progress.measures else { return }
        for objective in settings.objectives where measures.sample(of: objective.row).total > 0 {
            if case .missed(let detail) = objective.judge(measures) {
                stop("\(objective) was missed after \(progress.number + 1)s (\(detail))")
            }
        }
    }

    /// Why no further request is sent; `nil` while requests are sent.
    var stopReason: String? { state.withLock { $0.stop?.reason } }

    /// Sends no further request; the run then returns its result so far.
    package func stop(_ reason: String) {
        let isFirst = state.withLock { state in
            guard state.stop == nil else { return false }
            state.stop = (reason, clock.now())
            return true
        }
        guard isFirst else { return }
        Task { [workers] in await workers.stop() }
    }
}
