import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit

/// Plans that were edited by hand.
final class PlanValidationTests: XCTestCase {
    func test_plans_of_all_scenarios_worlds_and_faults_are_valid() {
        for scenario in Scenario.allCases {
            for seed in 1...5 {
                for stores in Stores.allCases {
                    let faults = Fault.all.filter { stores == .services || !$0.needsServices }
                    let options = PlanOptions(bookings: 20, replicas: 2, stores: stores, faults: faults)
                    let plan = scenario.plan(seed: UInt64(seed), options)
                    XCTAssertEqual(PlanValidation.problems(in: plan), [], "\(scenario.rawValue) \(seed)")
                }
            }
            let remote = scenario.plan(seed: 1, PlanOptions(bookings: 10, world: .remote))
            XCTAssertEqual(PlanValidation.problems(in: remote), [], scenario.rawValue)
        }
        XCTAssertEqual(PlanValidation.problems(in: SampleRun.plan), [])
        XCTAssertEqual(PlanValidation.problems(in: Scenario.errands(seed: 1, PlanOptions())), [])
    }

    /// Returns the problems of the sample plan after a change.
    private func problems(_ change: (inout Plan) -> Void) -> [String] {
        var plan = SampleRun.plan
        change(&plan)
        return PlanValidation.problems(in: plan)
    }

    private func problems(of verb: Verb, by caller: Caller = .admin) -> [String] {
        problems { $0.steps[0].operations.append(Operation(name: "x", caller: caller, verb: verb)) }
    }

    private func problems(of fault: FaultEvent) -> [String] { problems(of: .fault(fault), by: .world) }

    func test_each_fault_of_the_settings_is_named_with_its_place() {
        for (change, expected) in [
            ({ $0.replicas = 0 }, "settings.replicas must be from 1 to 100, not 0"),
            ({ $0.until = -1 }, "settings.until must be from 1"),
            ({ $0.leads = [] }, "settings.leads must have a lead"),
            ({ $0.leads = [0] }, "settings.leads[0] must be from 1"),
            ({ $0.racyProviders = [0, 9] }, "settings.racyProviders[1] is 9, and the plan has 4 providers"),
            ({ $0.world = .processes }, "settings.replicas must be 1: an SQLite file belongs to one process"),
            ({ $0.begin = .max }, "settings.begin must be from 0"),
        ] as [((inout Settings) -> Void, String)] {
            let problems = problems { change(&$0.settings) }
            XCTAssertTrue(problems.contains { $0.hasPrefix(expected) }, "\(expected): \(problems)")
        }
    }

    func test_each_fault_of_an_operation_is_named_with_its_place() {
        let place = "steps[0].operations[1]"
        for (verb, expected) in [
            (.create(booking: "b", provider: 4, start: 1, minutes: 30, key: nil), ".create.provider is 4"),
            (.create(booking: "b", provider: 0, start: .max, minutes: 30, key: nil), ".create.start must be from"),
            (.create(booking: "b", provider: 0, start: 1, minutes: 0, key: nil), ".create.minutes must be from 1"),
            (.read(booking: "zz"), ".read.booking names a booking that no operation creates: zz"),
            (
                .act(booking: "a", action: .reschedule, start: nil, minutes: nil, match: nil, key: nil),
                ".act.start is required for a reschedule"
            ),
            (
                .act(booking: "a", action: .create, start: nil, minutes: nil, match: nil, key: nil),
                ".act.action must be an action on a booking, not create"
            ),
            (
                .act(booking: "a", action: .cancel, start: 5, minutes: nil, match: nil, key: nil),
                ".act.start is for a reschedule alone"
            ),
            (.walk(list: "/bookings", limit: 0, between: []), ".walk.limit must be from 1 to 100, not 0"),
            (.list("bookings"), ".list must be a path of a list, not bookings"),
        ] as [(Verb, String)] {
            let problems = problems(of: verb)
            XCTAssertEqual(problems.count, 1, "\(problems)")
            XCTAssertTrue(problems[0].hasPrefix(place + ".verb" + expected), "\(problems)")
        }
        XCTAssertEqual(
            problems(of: .partition, by: .customer(2)), ["\(place).caller is 2, and the plan has 2 customers"])
        XCTAssertEqual(
            problems(of: .partition, by: .world),
            ["\(place).caller must be world for a fault or keys, and a client for anything else"])
        XCTAssertEqual(
            problems { $0.steps[0].operations[0].replica = 2 },
            ["steps[0].operations[0].replica is 2, and the plan has 2 replicas"])
    }

    func test_each_fault_of_an_injected_fault_is_named_with_its_place() {
        let place = "steps[0].operations[1].verb.fault"
        for (event, expected) in [
            (FaultEvent(fault: "x", phase: .begin, target: .redis), ".fault names no fault: x"),
            (Fault.crash(nil).beginning(on: .replica(7)), ".target is 7, and the plan has 2 replicas"),
            (Fault.crash(nil).beginning(on: .redis), ".target must be replica: crash acts on nothing else"),
            (Fault.midFrame.beginning(on: .socket("unknown")), ".target names no socket of the plan: unknown"),
            (Fault.redisFlush.healing(on: .redis), ".phase must be begin: redis-flush is over at once"),
            (Fault.deadlock.beginning(on: .postgres), ".fault is a fault of PostgreSQL or Redis"),
        ] {
            let problems = problems(of: event)
            XCTAssertEqual(problems.count, 1, "\(problems)")
            XCTAssertTrue(problems[0].hasPrefix(place + expected), "\(problems)")
        }
    }

    func test_steps_must_be_in_the_order_of_time_and_all_faults_are_reported_at_once() {
        let problems = problems {
            $0.steps.swapAt(0, 2)
            $0.mutant = "none"
            $0.settings.replicas = 1
        }
        XCTAssertTrue(problems.contains("steps[1].at is 600000, before the step ahead of it at 900000"), "\(problems)")
        XCTAssertTrue(problems.contains("steps[2].at is 0, before the step ahead of it at 900000"), "\(problems)")
        XCTAssertTrue(problems.contains("mutant names no mutant: none"), "\(problems)")
        XCTAssertTrue(problems.contains { $0.contains(".target is 1, and the plan has 1 replicas") }, "\(problems)")
    }
}
