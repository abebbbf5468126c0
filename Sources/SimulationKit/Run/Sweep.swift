import Bookings

/// Repeats a run with one crash each time, at every crash point that the run passes.
package struct Sweep: Sendable {
    private let plan: Plan
    private let services: EphemeralStores?

    package init(plan: Plan, services: EphemeralStores?) {
        self.plan = plan
        self.services = services
    }

    package struct Crash: Sendable {
        package let point: CrashPoint
        package let hit: Int
    }

    /// The most hits of one point that are tried: the first, the last, and some between.
    static let maximumHits = 12

    /// Runs the plan, and returns the crashes to try: each point as often as the run passes it.
    package func crashes() async throws -> [Crash] {
        var simulation = Simulation(plan: plan)
        simulation.services = services
        let passed = try await simulation.run().passed
        return CrashPoint.allCases.flatMap { point -> [Crash] in
            let count = passed[point.rawValue] ?? 0
            let hits =
                count <= Self.maximumHits
                ? Array(1...max(count, 1))
                : (0..<Self.maximumHits).map { 1 + $0 * (count - 1) / (Self.maximumHits - 1) }
            return count == 0 ? [] : hits.map { Crash(point: point, hit: $0) }
        }
    }

    /// Returns the plan with the crash; the replica is restarted at the next full minute after it.
    package func plan(with crash: Crash) -> Plan {
        var plan = plan
        let fault = Fault.crash(crash.point)
        let injection = Operation(
            name: "crash", caller: .world, verb: .fault(fault.beginning(on: .replica(0), amount: Int64(crash.hit))))
        plan.steps.insert(Step(at: 0, operations: [injection]), at: 0)
        let restarts = stride(from: PlanBuilder.minute, to: plan.settings.until, by: Int(PlanBuilder.minute)).map {
            at in
            Step(
                at: Int64(at),
                operations: [
                    Operation(
                        name: "up-\(at)", caller: .world,
                        verb: .fault(FaultEvent(fault: fault.name, phase: .healIfDown, target: .replica(0))))
                ])
        }
        plan.steps = (plan.steps + restarts).enumerated()
            .sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
        return plan
    }
}
