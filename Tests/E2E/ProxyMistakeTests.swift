import XCTest

@testable import SimulationKit

/// A proxy before the replicas that makes one kind of mistake at a time: each is seen by the invariant named for it.
final class ProxyMistakeTests: XCTestCase {
    private static func violated(by plan: Plan) async throws -> Set<String> {
        Set(try await Simulation(plan: plan).run().result.violations.map(\.invariant))
    }

    func test_each_mistake_is_seen_by_the_invariant_named_for_it() async throws {
        XCTAssertGreaterThanOrEqual(Mutant.mistakes.count, 55)
        let unseen = try await SideBySide.map(Mutant.mistakes) { mutant -> String? in
            var found: Set<String> = []
            // The smallest plans do not reach every answer.
            for seed: UInt64 in 1...5 where !found.contains(mutant.caughtBy) {
                found.formUnion(try await Self.violated(by: mutant.plan(seed: seed)))
            }
            return found.contains(mutant.caughtBy) ? nil : "\(mutant.name): \(found.sorted())"
        }
        XCTAssertEqual(unseen.compactMap { $0 }, [])
    }

    func test_nothing_is_seen_behind_a_proxy_that_makes_no_mistake() async throws {
        let scenarios: [Scenario] = [.reminders, .pagination, .dedupe, .cache, .tenants]
        let seen = try await SideBySide.map(Array(1...50)) { seed -> String? in
            let options = PlanOptions(until: 2 * PlanBuilder.hour, bookings: 8, replicas: 2)
            var plan = scenarios[seed % scenarios.count].plan(seed: UInt64(seed), options)
            plan.settings.isFronted = true
            let found = try await Self.violated(by: plan)
            return found.isEmpty ? nil : "seed \(seed): \(found.sorted())"
        }
        XCTAssertEqual(seen.compactMap { $0 }, [])
    }
}
