import Bookings

/// Crashes a replica at every point that a run passes, one run for each.
package struct Sweep: Sendable {
    private let plan: Plan
    private let services: EphemeralStores?

    package init(plan: Plan, services: EphemeralStores?) {
        self.plan = plan
        self.services = services
    }

    package struct Place: Sendable {
        package let point: CrashPoint
        package let hit: Int
    }

    /// At most so many hits of one point are tried: the first, the last, and some between.
    static let mostHits = 12

    /// The points, each as often as the run passes it.
    package func places() async throws -> [Place] {
        var simulation = Simulation(plan: plan)
        simulation.services = services
        let passed = try await simulation.run().passed
        return CrashPoint.allCases.flatMap { point -> [Place] in
            let count = passed[point.rawValue] ?? 0
            let hits =
                count <= Self.mostHits
                ? Array(1...max(count, 1)) : (0..<Self.mostHits).map { 1 + $0 * (count - 1) / (Self.mostHits - 1) }
            return count == 0 ? [] : hits.map { Place(point: point, hit: $0) }
        }
    }

    /// The plan with the crash in it: the replica comes up again at the next full minute after.
    package func plan(crashingAt place: Place) -> Plan {
        var plan = plan
        let crash = Fault.crash(place.point)
        let injection = Operation(
            name: "crash", caller: .world, verb: .fault(crash.beginning(on: .replica(0), amount: Int64(place.hit))))
        plan.steps.insert(Step(at: 0, operations: [injection]), at: 0)
        // Whenever it dies, it is back within a minute.
        let restarts = stride(from: PlanBuilder.minute, to: plan.settings.until, by: Int(PlanBuilder.minute)).map {
            at in
            Step(
                at: Int64(at),
                operations: [
                    Operation(
                        name: "up-\(at)", caller: .world,
                        verb: .fault(FaultEvent(fault: crash.name, phase: .healIfDown, target: .replica(0))))
                ])
        }
        plan.steps = (plan.steps + restarts).enumerated()
            .sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
        return plan
    }
}
