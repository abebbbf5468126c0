import Bookings
import Foundation
import TestSupport
import XCTest

@testable import SimulationKit
@testable import Simulator

/// The simulator sees a planted bug, and sees nothing where there is none.
final class SimulatorTests: XCTestCase {
    private static func run(_ plan: Plan) async throws -> Simulation.Outcome { try await Simulation(plan: plan).run() }

    func test_each_scenario_is_clean_and_has_the_same_trace_again() async throws {
        let runs = try await SideBySide.map(Scenario.allCases) { scenario in
            var options = PlanOptions(bookings: scenario == .rushHour ? 200 : 20)
            // Some need the time: of a day until a key may be used again, of the nights in which clocks change.
            if scenario != .http, scenario != .dst { options.until = min(scenario.length, 6 * PlanBuilder.hour) }
            let plan = scenario.plan(seed: 7, options)
            return (scenario, try await Self.run(plan), try await Self.run(plan))
        }
        for (scenario, first, second) in runs {
            XCTAssertEqual(first.result.violations, [], scenario.rawValue)
            XCTAssertNil(TraceDiff.first(first.trace.lines, second.trace.lines)?.description, scenario.rawValue)
            XCTAssertGreaterThan(first.result.figures.bookings, 0, scenario.rawValue)
        }
    }

    func test_another_seed_is_another_run() {
        XCTAssertNotEqual(Scenario.reminders.plan(seed: 7), Scenario.reminders.plan(seed: 8))
        XCTAssertEqual(Scenario.everything.plan(seed: 7), Scenario.everything.plan(seed: 7))
    }

    func test_a_plan_survives_its_file() throws {
        let plan = Scenario.everything.plan(seed: 3)
        let path = NSTemporaryDirectory() + "plan-\(getpid()).json"
        defer { unlink(path) }
        try PlanFile.save(plan, to: path)
        XCTAssertEqual(try PlanFile.read(path), plan)
    }

    func test_bugs_of_all_three_tiers_are_caught_by_the_invariants_they_name() async throws {
        let mutants = [Mutant.reminderSecondEarly, .cacheIgnoresCaller, .eventsLost, .framesDropped]
        let options = PlanOptions(until: 4 * PlanBuilder.hour, bookings: 20)
        let results = try await SideBySide.map(mutants) { try await Self.run($0.plan(seed: 1, options)).result }
        for (mutant, result) in zip(mutants, results) {
            let broken = Set(result.violations.map(\.invariant))
            XCTAssertTrue(broken.contains(mutant.caughtBy), "\(mutant.name): \(broken)")
        }
    }

    func test_a_planted_failure_shrinks_to_a_few_operations_that_still_fail() async throws {
        let options = PlanOptions(until: 6 * PlanBuilder.hour, bookings: 25, replicas: 1)
        var plan = Scenario.reminders.plan(seed: 5, options)
        plan.mutant = Mutant.reminderOncePerBooking.name
        XCTAssertGreaterThan(plan.size, 25)
        let whole = try await Self.run(plan).result.violations
        XCTAssertTrue(whole.contains { $0.invariant == "reminder-late" })
        let shrinker = Shrinker(plan: plan, invariant: "reminder-late") { candidate in
            let violations = try? await Simulation(plan: candidate).run().result.violations
            return violations?.contains { $0.invariant == "reminder-late" } ?? false
        }
        let small = await shrinker.shrink(until: .now + .seconds(120))
        XCTAssertLessThanOrEqual(small.size, 12)
        let again = try await Self.run(small).result.violations
        XCTAssertTrue(again.contains { $0.invariant == "reminder-late" })
    }

    func test_a_crash_at_each_kind_of_point_leaves_all_invariants_standing() async throws {
        let sweep = Sweep(plan: Scenario.errands(seed: 1, PlanOptions()), services: nil)
        let crashes = try await sweep.crashes()
        XCTAssertEqual(
            Set(crashes.map(\.point)).subtracting([.keepBefore, .keepAfter]),
            [
                .writeBefore, .writeAfter, .fireBefore, .fireAfter, .relayBefore, .relayAfter, .announceBefore,
                .announceAfter, .leaseBefore, .leaseAfter, .deliverBefore, .deliverAfter,
            ])
        for point in Set(crashes.map(\.point)) {
            guard let crash = crashes.last(where: { $0.point == point }) else { continue }
            let result = try await Self.run(sweep.plan(with: crash)).result
            XCTAssertEqual(result.violations, [], "\(point.rawValue) #\(crash.hit)")
        }
    }

    func test_replicas_that_are_processes_survive_real_kills() async throws {
        let options = PlanOptions(bookings: 12, world: .processes, faults: [.crash(.writeAfter), .crash(nil)])
        var simulation = Simulation(plan: Scenario.reminders.plan(seed: 4, options))
        simulation.program =
            URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("simulator").path
        let result = try await simulation.run().result
        XCTAssertEqual(result.violations, [])
        XCTAssertGreaterThan(result.figures.reminders, 0)
    }

    func test_replicas_on_services_come_through_faults_of_redis_and_postgres() async throws {
        let options = PlanOptions(
            until: 6 * PlanBuilder.hour, bookings: 20, stores: .services,
            faults: [.redisRestart, .redisFlush, .postgresRestart, .crash(nil)])
        var simulation = Simulation(plan: Scenario.reminders.plan(seed: 9, options))
        simulation.services = try await EphemeralStores.start()
        let result = try await simulation.run().result
        XCTAssertEqual(result.violations, [])
    }
}
