import Bookings

/// A process with a part of the load test's providers.
protocol LoadWorker: Sendable {
    /// Books the first slots, and opens the listeners.
    func prepare() async throws -> LoadPreparation
    /// Returns the reminder lead that the service reports.
    func reportedLead() async throws -> Duration
    /// Books what is reminded of during a load that begins at this instant.
    func arm(for begin: Timestamp, lead: Duration) async throws
    /// Sends the requests of a step, and returns its measurements when the last events were received.
    func run(_ step: LoadStep, onSecond: @escaping @Sendable (LoadProgress) -> Void) async throws -> LoadMeasures
    /// Ends the step that runs. The result so far is returned by `run`.
    func stop() async
    /// Closes all connections.
    func close() async
}

/// What a worker has opened.
struct LoadPreparation: Sendable, Codable {
    var listeners: Int
    var errors: [String: UInt64]
}

/// A load with one shape; a search for a limit has several.
struct LoadStep: Sendable, Codable {
    let shape: LoadShape
    let seed: UInt64
    /// Milliseconds since the Unix epoch.
    let begin: Int64
    /// Seconds.
    let warmUp: Double
}

/// A second of a worker.
struct LoadProgress: Sendable, Codable {
    /// 0 for the first second of the step.
    let number: Int
    var second: LoadSecond
    var listeners: Int
    /// The measurements so far, where something depends on them.
    var measures: LoadMeasures?

    mutating func add(_ other: LoadProgress) {
        second.add(other.second)
        listeners += other.listeners
        if let theirs = other.measures { measures = measures.map { $0.adding(theirs) } ?? theirs }
    }
}

extension LoadMeasures {
    func adding(_ other: LoadMeasures) -> LoadMeasures {
        var sum = self
        sum.add(other)
        return sum
    }
}
