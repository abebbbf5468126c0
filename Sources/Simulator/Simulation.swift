import Bookings
import FoundationEssentials

/// One run of a scenario in a world of its own, and the verdict on it.
struct Simulation: Sendable {
    let scenario: Scenario
    let seed: UInt64
    let until: Duration
    /// A planted bug.
    var mutant: Mutant?

    struct Outcome: Sendable {
        let trace: Trace
        let violations: [Violation]
        /// What the terminal shows.
        let summary: String
    }

    func run() async throws -> Outcome {
        let started = ContinuousClock.now
        let world = try await World.start(seed: seed, scenario: scenario.rawValue, mutant: mutant)
        try await scenario.run(in: world, until: until)
        let history = await world.history
        let trace = await world.trace
        let requests = await world.requests
        try await world.shutdown()
        return Outcome(
            trace: trace, violations: Checkers.judge(history),
            summary: summary(history, trace, requests: requests, wall: ContinuousClock.now - started))
    }

    private func summary(_ history: History, _ trace: Trace, requests: Int, wall: Duration) -> String {
        let virtual = World.begin.duration(to: history.endedAt)
        let seconds = wall.inSeconds.formatted(.number.precision(.fractionLength(2)))
        let ratio = Int(virtual.inSeconds / max(wall.inSeconds, 0.001))
        let reminders = history.frames.filter { $0.name == EventName.reminder.rawValue && $0.socket == "admin" }.count
        return """
            \(scenario.rawValue) seed \(seed): \(virtual.inSeconds / 3600) virtual hours in \(seconds) s \
            (\(ratio) times real time)
              bookings \(Set(history.writes.map(\.booking)).count), requests \(requests), \
            frames \(history.frames.count), reminders \(reminders)
              trace \(trace.hash)
            """
    }
}
