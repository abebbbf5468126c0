import Bookings
import Synchronization

/// The workers of a load test, each with a part of the providers.
struct WorkerSet: Sendable {
    private let workers: [any LoadWorker]

    init(_ workers: [any LoadWorker]) { self.workers = workers }

    /// Books the first slots, and opens the listeners.
    func prepare() async throws -> LoadPreparation {
        try await collect { try await $0.prepare() }.reduce(into: LoadPreparation(listeners: 0, errors: [:])) {
            sum, part in
            sum.listeners += part.listeners
            sum.errors.merge(part.errors, uniquingKeysWith: +)
        }
    }

    /// Returns the reminder lead that the service reports.
    func reportedLead() async throws -> Duration {
        guard let worker = workers.first else { throw LoadError.noLead }
        return try await worker.reportedLead()
    }

    /// Books what is reminded of during a load that begins at this instant.
    func arm(for begin: Timestamp, lead: Duration) async throws {
        try await forEach { try await $0.arm(for: begin, lead: lead) }
    }

    /// Sends the requests of a step, and adds up what the workers measured.
    ///
    /// - Parameter onSecond: Receives each second when all workers have ended it.
    func run(
        _ step: LoadStep, onSecond: @escaping @Sendable (LoadProgress) -> Void
    ) async throws -> (LoadMeasures, [LoadPoint]) {
        let seconds = Mutex(SecondMerge(workers: workers.count))
        let parts = try await collect { worker in
            try await worker.run(step) { progress in
                let complete = seconds.withLock { $0.add(progress) }
                for second in complete { onSecond(second) }
            }
        }
        for second in seconds.withLock({ $0.finish() }) { onSecond(second) }
        var measures = LoadMeasures()
        for part in parts { measures.add(part) }
        return (measures, seconds.withLock(\.points))
    }

    /// Ends the step that runs. The result so far is returned by `run`.
    func stop() async {
        for worker in workers { await worker.stop() }
    }

    /// Closes all connections.
    func close() async {
        try? await forEach { await $0.close() }
    }

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
