import XCTest

@testable import Simulator

/// The simulator sees a planted bug, and sees nothing where there is none.
final class SimulatorTests: XCTestCase {
    private func run(_ scenario: Scenario, seed: UInt64 = 7, mutant: Mutant? = nil) async throws -> Simulation.Outcome {
        try await Simulation(scenario: scenario, seed: seed, until: .seconds(86_400), mutant: mutant).run()
    }

    func testEachScenarioIsCleanAndHasTheSameTraceAgain() async throws {
        for scenario in Scenario.allCases {
            let first = try await run(scenario)
            XCTAssertEqual(first.violations, [], scenario.rawValue)
            let second = try await run(scenario)
            XCTAssertEqual(first.trace.lines, second.trace.lines, scenario.rawValue)
            let other = try await run(scenario, seed: 8)
            XCTAssertNotEqual(other.trace.hash, first.trace.hash, scenario.rawValue)
        }
    }

    func testAReminderASecondEarlyIsCaught() async throws {
        let outcome = try await run(.reminders, mutant: .reminderSecondEarly)
        XCTAssertTrue(outcome.violations.contains { $0.invariant == "reminder-early" }, "\(outcome.violations)")
    }

    func testARowSkippedBetweenTwoPagesIsCaught() async throws {
        let outcome = try await run(.pagination, mutant: .pageSkipsRow)
        XCTAssertTrue(outcome.violations.contains { $0.invariant == "page-walk" }, "\(outcome.violations)")
    }

    func testAReminderSentTwiceIsCaught() async throws {
        let outcome = try await run(.dedupe, mutant: .reminderTwice)
        XCTAssertTrue(outcome.violations.contains { $0.invariant == "reminder-once" }, "\(outcome.violations)")
    }
}
