import Bookings
import TestSupport
import XCTest

@testable import SimulationKit

/// Each fault really befalls what it names, and all invariants stand.
final class SimulatorFaultTests: XCTestCase {
    /// The plan of a few bookings, with a fault in the middle and what it lies in wait for.
    private func outcome(
        of fault: Fault, on stores: Stores, seed: UInt64 = 3, file: StaticString = #filePath, line: UInt = #line
    ) async throws -> Simulation.Outcome {
        let options = PlanOptions(until: 6 * PlanBuilder.hour, bookings: 12, stores: stores, faults: [fault])
        var simulation = Simulation(plan: Scenario.reminders.plan(seed: seed, options))
        if stores == .services { simulation.services = try await EphemeralStores.start() }
        let outcome = try await simulation.run()
        XCTAssertEqual(outcome.result.violations, [], fault.description, file: file, line: line)
        return outcome
    }

    private func marks(of fault: Fault, on stores: Stores = .services) async throws -> [String: Int] {
        try await outcome(of: fault, on: stores).result.marks
    }

    func test_a_stalled_reader_gets_what_waited_for_it() async throws {
        let marks = try await marks(of: .stalledReader, on: .embedded)
        XCTAssertEqual(marks[CoverageMark.stalledReader.name], 1)
        XCTAssertNil(marks[CoverageMark.stalledReaderDropped.name])
    }

    func test_a_reader_for_whom_too_much_waits_is_dropped_and_misses_nothing() async throws {
        for stores in Stores.allCases {
            let marks = try await marks(of: .droppedReader, on: stores)
            XCTAssertEqual(marks[CoverageMark.stalledReaderDropped.name], 1, stores.rawValue)
        }
    }

    func test_a_slow_store_is_waited_for() async throws {
        for stores in Stores.allCases {
            let marks = try await marks(of: .postgresSlow, on: stores)
            XCTAssertGreaterThan(marks[CoverageMark.storeSlow.name] ?? 0, 0, stores.rawValue)
        }
    }

    func test_a_statement_that_is_cut_is_sent_again() async throws {
        let marks = try await marks(of: .postgresCut)
        XCTAssertEqual(marks[CoverageMark.statementCut.name], 1)
    }

    func test_a_write_whose_answer_the_database_loses_is_done_once_and_acknowledged() async throws {
        let outcome = try await outcome(of: .postgresAnswerLost, on: .services)
        XCTAssertEqual(outcome.result.marks[CoverageMark.databaseAnswerLost.name], 1)
        XCTAssertNil(outcome.result.marks[CoverageMark.unknownOutcome.name])
    }

    func test_serialization_failures_and_deadlocks_are_tried_again_unseen() async throws {
        for (fault, mark) in [
            (Fault.serializationFailure, CoverageMark.serializationFailure), (.deadlock, .deadlock),
        ] {
            let outcome = try await outcome(of: fault, on: .services)
            XCTAssertGreaterThan(outcome.result.marks[mark.name] ?? 0, 0)
            XCTAssertFalse(outcome.history.calls.contains { ($0.status ?? 500) >= 500 }, fault.description)
        }
    }

    func test_a_failover_of_redis_loses_the_newest_writes_and_nothing_else() async throws {
        let marks = try await marks(of: .redisFailover)
        XCTAssertGreaterThan(marks[CoverageMark.redisLostWrites.name] ?? 0, 0)
    }

    /// What stands between the service and PostgreSQL goes on when the database comes back.
    func test_the_database_restarts_behind_the_proxy() async throws {
        let options = PlanOptions(
            until: 6 * PlanBuilder.hour, bookings: 12, stores: .services, faults: [.postgresCut, .postgresRestart])
        var simulation = Simulation(plan: Scenario.reminders.plan(seed: 3, options))
        simulation.services = try await EphemeralStores.start()
        let violations = try await simulation.run().result.violations
        XCTAssertEqual(violations, [])
    }

    func test_bugs_in_the_schema_and_before_redis_are_caught_on_services() async throws {
        let services = try await EphemeralStores.start()
        for mutant in Mutant.all where !mutant.applies(to: .embedded) {
            var simulation = Simulation(
                plan: mutant.plan(seed: 1, PlanOptions(until: 6 * PlanBuilder.hour, stores: .services)))
            simulation.services = services
            let broken = Set(try await simulation.run().result.violations.map(\.invariant))
            XCTAssertTrue(broken.contains(mutant.caughtBy), "\(mutant.name): \(broken)")
        }
    }
}
