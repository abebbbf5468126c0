import XCTest

@testable import SimulationKit

/// A proxy before the replicas that makes one kind of mistake at a time: each is seen by the invariant named for it.
final class ProxyMistakeTests: XCTestCase {
    private func violated(by plan: Plan) async throws -> Set<String> {
        Set(try await Simulation(plan: plan).run().result.violations.map(\.invariant))
    }

    func test_each_mistake_is_seen_by_the_invariant_named_for_it() async throws {
        XCTAssertGreaterThanOrEqual(Mutant.mistakes.count, 55)
        for mutant in Mutant.mistakes {
            var found: Set<String> = []
            // The smallest plans do not reach every answer.
            for seed: UInt64 in 1...5 where !found.contains(mutant.caughtBy) {
                found.formUnion(try await violated(by: mutant.plan(seed: seed, bookings: 8)))
            }
            XCTAssertTrue(found.contains(mutant.caughtBy), "\(mutant.name): \(found.sorted())")
        }
    }

    func test_nothing_is_seen_behind_a_proxy_that_makes_no_mistake() async throws {
        let scenarios: [Scenario] = [.reminders, .pagination, .dedupe, .cache, .tenants]
        for seed: UInt64 in 1...50 {
            var plan = scenarios[Int(seed) % scenarios.count].plan(seed: seed, PlanOptions(bookings: 8))
            plan.settings.isFronted = true
            let found = try await violated(by: plan)
            XCTAssertEqual(found, [], "seed \(seed)")
        }
    }
}
