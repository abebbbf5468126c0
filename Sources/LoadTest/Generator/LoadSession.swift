import Bookings
import Synchronization

/// A load test: prepares its workers, runs its steps, and adds up what they measured.
package final class LoadSession: Sendable {
    package let settings: LoadSettings
    private let workers: [any LoadWorker]
    private let clock: any WallClock
    private let state = Mutex(State())

    private struct State {
        /// Why no further request is sent.
        var stopReason: String?
    }

    /// How long before a step begins its workers are told.
    private static let startDelay = Duration.milliseconds(300)
    /// The time that one reminder is given to be booked before the load.
    private static let armingTime = Duration.milliseconds(4)

    init(settings: LoadSettings, workers: [any LoadWorker], clock: any WallClock) {
        self.settings = settings
        self.workers = workers
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
                try await self.forEach { [begin] in try await $0.arm(for: begin, lead: lead) }
                begin = max(begin, self.clock.now())
            }
            let (measures, points) = try await self.run(self.settings.shape, self.settings.seed, begin, observe)
            return self.result(measures, points, preparation)
        }
    }

    /// Searches the highest constant rate that holds the objectives.
    ///
    /// - Parameters:
    ///   - rate: The rate of the first step.
    ///   - step: The measured part of each step; a quarter of it is sent before.
    package func findLimit(
        from rate: Double, step: Duration, observe: @escaping @Sendable (LoadSnapshot) -> Void
    ) async throws -> LoadResult {
        try await withWorkers { preparation in
            observe(.prepared(listeners: preparation.listeners, of: self.settings.listeners))
            var search = LimitSearch(from: rate)
            var best: LoadResult?
            var last: LoadResult?
            var number: UInt64 = 0
            while let rate = search.next, self.stopReason == nil {
                number += 1
                var result = try await self.step(rate, step, number, preparation, observe)
                if result.saturation != nil, self.stopReason == nil {
                    // Other work of the machine may have been the reason, and be over.
                    number += 1
                    result = try await self.step(rate, step, number, preparation, observe)
                }
                result.rate = rate
                search.record(held: result.isPassed)
                observe(.stepped(rate: rate, isHeld: result.isPassed, reasons: result.failures))
                if result.isPassed { best = result }
                last = result
                // A rate that this program cannot send says nothing about the service.
                if result.saturation != nil { break }
            }
            guard var found = best ?? last else { return self.result(LoadMeasures(), [], preparation) }
            found.limit = LoadLimit(held: search.held, missed: search.missed, isGenerators: last?.saturation != nil)
            found.stopReason = self.stopReason
            return found
        }
    }

    private func step(
        _ rate: Double, _ length: Duration, _ number: UInt64, _ preparation: LoadPreparation,
        _ observe: @escaping @Sendable (LoadSnapshot) -> Void
    ) async throws -> LoadResult {
        let warmUp = length / 4
        let shape = LoadShape(rate: rate, duration: warmUp + length)
        let (measures, points) = try await run(
            shape, settings.seed &+ number, clock.now() + Self.startDelay, warmUp: warmUp, observe)
        return result(measures, points, preparation, duration: length)
    }

    private func withWorkers(
        _ body: @escaping @Sendable (LoadPreparation) async throws -> LoadResult
    ) async throws -> LoadResult {
        let outcome: Result<LoadResult, any Error>
        do {
            let parts = try await collect { try await $0.prepare() }
            let preparation = parts.reduce(into: LoadPreparation(listeners: 0, errors: [:])) { sum, part in
                sum.listeners += part.listeners
                sum.errors.merge(part.errors, uniquingKeysWith: +)
            }
            outcome = .success(try await body(preparation))
        } catch {
            outcome = .failure(error)
        }
        try? await forEach { await $0.close() }
        return try outcome.get()
    }

    private func result(
        _ measures: LoadMeasures, _ points: [LoadPoint], _ preparation: LoadPreparation, duration: Duration? = nil
    ) -> LoadResult {
        var result = LoadResult(
            settings: settings, measures: measures, points: points,
            duration: duration ?? settings.shape.duration - settings.warmUp)
        result.measures.frames.socketErrors = preparation.errors
        result.listenersOpened = preparation.listeners
        result.stopReason = stopReason
        return result
    }

    private func lead() async throws -> Duration {
        if let lead = settings.lead { return lead }
        guard let worker = workers.first else { throw LoadError.noLead }
        return try await worker.reportedLead()
    }

    // MARK: - Steps

    private func run(
        _ shape: LoadShape, _ seed: UInt64, _ begin: Timestamp, warmUp: Duration? = nil,
        _ observe: @escaping @Sendable (LoadSnapshot) -> Void
    ) async throws -> (LoadMeasures, [LoadPoint]) {
        let step = LoadStep(
            shape: shape, seed: seed, begin: begin.milliseconds, warmUp: (warmUp ?? settings.warmUp).inSeconds)
        // An interrupt may have come before.
        guard stopReason == nil else { return (LoadMeasures(), []) }
        let seconds = Mutex(SecondMerge(workers: workers.count))
        let parts = try await collect { worker in
            try await worker.run(step) { progress in
                let complete = seconds.withLock { $0.add(progress) }
                for second in complete { self.observe(second, observe) }
            }
        }
        for second in seconds.withLock({ $0.finish() }) { self.observe(second, observe) }
        var measures = LoadMeasures()
        for part in parts { measures.add(part) }
        return (measures, seconds.withLock(\.points))
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

    private var stopReason: String? { state.withLock(\.stopReason) }

    /// Sends no further request; the run then returns its result so far.
    package func stop(_ reason: String) {
        let isFirst = state.withLock { state in
            defer { if state.stopReason == nil { state.stopReason = reason } }
            return state.stopReason == nil
        }
        guard isFirst else { return }
        Task { [workers] in for worker in workers { await worker.stop() } }
    }

    // MARK: - Workers

    private func forEach(_ body: @escaping @Sendable (any LoadWorker) async throws -> Void) async throws {
        _ = try await collect(body)
    }

    private func collect<Part: Sendable>(
        _ body: @escaping @Sendable (any LoadWorker) async throws -> Part
    ) async throws -> [Part] {
        try await withThrowingTaskGroup(of: Part.self) { group in
            for worker in workers { group.addTask { try await body(worker) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }
}
