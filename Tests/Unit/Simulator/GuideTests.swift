import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit
@testable import Simulator

/// What guides a soak, and what it leaves behind.
final class GuideTests: XCTestCase {
    private func configuration(_ scenario: Scenario, seed: UInt64 = 1) -> RunConfiguration {
        RunConfiguration(scenario: scenario, seed: seed, options: PlanOptions(replicas: 2))
    }

    func test_a_guide_prefers_what_reaches_more_in_the_same_time() {
        func preferred(_ coverage: (Scenario) -> Set<String>, seconds: (Scenario) -> Double = { _ in 1 }) -> Scenario {
            var guide = Guide()
            var options = PlanOptions(
                until: 6 * PlanBuilder.hour, bookings: 8, replicas: 2, faults: [.redisFlush])
            options.without = [.walk]
            for scenario in Scenario.allCases {
                for seed in 0..<20 as Range<UInt64> {
                    guide.learn(
                        RunConfiguration(scenario: scenario, seed: seed, options: options),
                        RunCoverage(marks: coverage(scenario)), seconds: seconds(scenario))
                }
            }
            return guide.configuration(seed: 1, scenario: nil, options: options).scenario
        }
        XCTAssertEqual(
            preferred { $0 == .dedupe ? ["conflict", "late-reminder", "replay"] : ["conflict", "late-reminder"] },
            .dedupe)
        XCTAssertEqual(preferred({ _ in ["conflict"] }, seconds: { $0 == .cache ? 0.5 : 1 }), .cache)
    }

    func test_a_cell_is_a_crash_during_a_fault_with_the_status_of_the_booking_that_was_written() {
        var builder = HistoryBuilder.withOneBooking
        builder.act(.cancel, at: 3100)
        builder.history.calls.append(builder.call(.act(.cancel), booking: builder.row().id, at: 3200, status: nil))
        builder.history.calls.append(builder.call(.create, at: 3300, status: nil))
        builder.history.faultPeriods = [.init(name: "replica 1 has no store", from: at(3150), until: at(3250))]
        func cells(_ now: Int, replica: Int = 0) -> Set<String> {
            var history = builder.history
            history.crashes = [.init(point: .writeAfter, replica: replica, at: at(now))]
            return RunCoverage.cells(history)
        }
        XCTAssertEqual(cells(3200), ["write:after / cancelled / replica  has no store"])
        XCTAssertEqual(cells(3300), ["write:after / new / no other fault"])
        XCTAssertEqual(cells(3000), ["write:after / confirmed / no other fault"])
        XCTAssertEqual(cells(3200, replica: 1), ["write:after / none / replica  has no store"])
    }

    func test_faults_that_come_together_begin_within_seconds_of_each_other() {
        var options = PlanOptions(faults: [.crash(.writeAfter), .storeDown, .pause, .busDown])
        func spread(_ options: PlanOptions) -> Int64 {
            let plan = Scenario.reminders.plan(seed: 4, options)
            let begins = plan.steps.filter { step in
                step.operations.contains {
                    if case .fault(let event) = $0.verb { event.phase == .begin } else { false }
                }
            }.map(\.at)
            return (begins.max() ?? 0) - (begins.min() ?? 0)
        }
        XCTAssertGreaterThan(spread(options), 60_000)
        options.faultsTogether = true
        XCTAssertLessThanOrEqual(spread(options), 5000)
    }

    func test_a_guide_tells_whether_a_run_reached_something_new() {
        var guide = Guide()
        XCTAssertTrue(guide.learn(configuration(.cache), RunCoverage(marks: ["a", "b"]), seconds: 1))
        XCTAssertFalse(guide.learn(configuration(.cache), RunCoverage(marks: ["a", "b"]), seconds: 1))
        XCTAssertTrue(guide.learn(configuration(.cache), RunCoverage(marks: ["a", "b", "c"]), seconds: 1))
        XCTAssertTrue(guide.learn(configuration(.cache), RunCoverage(marks: [], cells: ["x / y / z"]), seconds: 1))
        XCTAssertEqual(guide.reached, ["a + b": 3, "a + c": 1, "b + c": 1, "x / y / z": 1])
    }

    func test_a_guide_chooses_by_its_seed_and_its_experience_alone() {
        var guide = Guide()
        guide.learn(configuration(.cache), RunCoverage(marks: ["conflict", "replay"]), seconds: 1)
        let copy = guide
        for seed in 0..<20 as Range<UInt64> {
            XCTAssertEqual(
                guide.configuration(seed: seed, scenario: nil, options: PlanOptions()),
                copy.configuration(seed: seed, scenario: nil, options: PlanOptions()))
        }
    }

    func test_a_run_leaves_out_the_kinds_of_operations_that_it_is_told_to() {
        var options = PlanOptions(bookings: 40)
        options.without = [.cancel, .reschedule, .walk]
        let plan = Scenario.everything.plan(seed: 3, options)
        XCTAssertTrue(plan.operations.contains { $0.kind == .partition })
        XCTAssertFalse(plan.operations.contains { $0.kind.map(options.without.contains) ?? false })
        let line = RunConfiguration(scenario: .everything, seed: 3, options: options).line
        XCTAssertTrue(line.hasSuffix("--bookings 40 --without cancel,reschedule,walk"), line)
    }

    func test_a_corpus_is_read_as_it_was_written() throws {
        let path = NSTemporaryDirectory() + "corpus-\(UUID().uuidString)"
        addTeardownBlock { try? FileManager.default.removeItem(atPath: path) }
        let corpus = try Corpus(path: path)
        let coverage = RunCoverage(marks: ["a", "b"], cells: ["x"])
        try corpus.add(.init(configuration: configuration(.cache, seed: 9), coverage: coverage, seconds: 2))
        let entries = try corpus.entries()
        XCTAssertEqual(entries.map(\.name), ["cache-9.json"])
        XCTAssertEqual(entries.map(\.entry.configuration), [configuration(.cache, seed: 9)])
        XCTAssertEqual(entries.map(\.entry.coverage), [coverage])
        try "{}".write(toFile: path + "/broken.json", atomically: true, encoding: .utf8)
        XCTAssertThrowsError(try corpus.entries())
    }

    func test_the_coverage_table_counts_pairs_and_shows_the_rarest() {
        let table = CoverageTable(
            marks: ["conflict": 3, "replay": 1], reached: ["conflict + replay": 1, "fire:after / confirmed / x": 2],
            stores: .embedded)
        XCTAssertEqual(table.pairs, 1)
        for line in [
            "       3 conflict", "       0 late-reminder", "pairs of marks: 1 of 378, the rarest:",
            "       1 conflict + replay",
            "crash points / statuses of bookings / other faults: 1 cells, the rarest:",
            "       2 fire:after / confirmed / x",
        ] {
            XCTAssertTrue(table.text.split(separator: "\n").map(String.init).contains(line), "\(line)\n\(table.text)")
        }
    }

    func test_the_report_of_many_runs_has_a_test_case_for_each() throws {
        let path = NSTemporaryDirectory() + "campaign-\(UUID().uuidString)"
        addTeardownBlock { try? FileManager.default.removeItem(atPath: path) }
        let report = try CampaignReport(command: "mutants", path: path)
        report.add("first", seconds: 1, failure: nil)
        report.add("second", seconds: 2.5, failure: "survived 2 seeds\n<more>")
        try report.finish()
        let suite = try XCTUnwrap(XML.parse(try String(contentsOfFile: path + "/junit.xml", encoding: .utf8)))
        XCTAssertEqual(suite.attributes["tests"], "2")
        XCTAssertEqual(suite.attributes["failures"], "1")
        XCTAssertEqual(suite.all("failure").first?.attributes["message"], "survived 2 seeds")
    }
}
