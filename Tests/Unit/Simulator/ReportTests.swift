import Foundation
import FoundationXML
import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit
@testable import Simulator

/// The figures and the files of a report.
final class ReportTests: XCTestCase {
    private let late = Violation(
        invariant: "reminder-late", detail: "<5 s & \"more\"\u{1}", booking: SampleRun.booking, at: at(3001))

    func test_figures_contain_the_counts_and_the_lateness_of_reminders() {
        let figures = Figures.of(SampleRun.history, plan: SampleRun.plan, wall: .milliseconds(1500))
        XCTAssertEqual(
            figures,
            Figures(
                virtualSeconds: 7200, wallSeconds: 1.5, bookings: 1, requests: 3, frames: 2, reminders: 1,
                latenessP50: 1000, latenessP99: 1000, latenessMax: 1000, faults: 3))
    }

    func test_lateness_counts_from_the_arming_of_a_reminder_within_its_lead() {
        var history = SampleRun.history
        history.log = [
            SampleRun.entry("booking.created", at(3100)),
            SampleRun.entry("booking.reminder", at(3102), lead: 600_000),
        ]
        XCTAssertEqual(Figures.of(history, plan: SampleRun.plan, wall: .zero).latenessMax, 2000)
    }

    func test_percentiles_of_lateness_are_by_nearest_rank() {
        var history = SampleRun.history
        history.log = (1...100).map { SampleRun.entry("booking.reminder", at(3000 + $0), lead: 600_000) }
        let figures = Figures.of(history, plan: SampleRun.plan, wall: .zero)
        XCTAssertEqual([figures.latenessP50, figures.latenessP99, figures.latenessMax], [50_000, 99_000, 100_000])
    }

    func test_frequent_violations_do_not_hide_a_single_one_of_another_invariant() {
        let sealed = Violation(invariant: "tenant-sealed", detail: "x")
        let shown = Verdict.selection(of: [late, late, late, late, late, sealed])
        XCTAssertEqual(shown.map(\.shown), [[late, late, late], [sealed]])
        XCTAssertEqual(shown.map(\.left), [2, 0])
    }

    func test_a_mutant_of_the_network_turns_proxies_on() {
        var plan = SampleRun.plan
        XCTAssertFalse(plan.settings.isProxied)
        Mutant(named: "proxy-drops-frames")?.plant(in: &plan)
        XCTAssertTrue(plan.settings.isProxied)
    }

    func test_junit_has_a_test_case_for_each_invariant_which_fails_by_its_violations() throws {
        let suite = try XCTUnwrap(XML.parse(JUnit.report(SampleRun.result([late, late], outcome: .violated))))
        XCTAssertEqual(suite.attributes["name"], "reminders seed 42")
        XCTAssertEqual(suite.attributes["tests"], "\(Checkers.all.count)")
        XCTAssertEqual(suite.attributes["failures"], "1")
        let failed = suite.all("testcase").filter { !$0.all("failure").isEmpty }
        XCTAssertEqual(failed.map { $0.attributes["name"] }, ["reminder-late"])
        let failure = try XCTUnwrap(failed.first?.all("failure").first)
        XCTAssertEqual(failure.attributes["message"], "<5 s & \"more\"\u{fffd} (and 1 more)")
        XCTAssertTrue(failure.text.contains(SampleRun.booking.description), failure.text)
    }

    func test_a_run_that_did_not_converge_is_a_junit_error() throws {
        let suite = try XCTUnwrap(XML.parse(JUnit.report(SampleRun.result(outcome: .noConvergence))))
        XCTAssertEqual(suite.attributes["errors"], "1")
        XCTAssertEqual(suite.all("error").map { $0.attributes["message"] }, ["no-convergence"])
    }

    func test_junit_includes_violations_of_unknown_invariants() throws {
        let other = Violation(invariant: "something-new", detail: "x")
        let suite = try XCTUnwrap(XML.parse(JUnit.report(SampleRun.result([other], outcome: .violated))))
        XCTAssertEqual(suite.attributes["tests"], "\(Checkers.all.count + 1)")
        XCTAssertTrue(suite.all("testcase").contains { $0.attributes["name"] == "something-new" })
    }

    func test_a_report_folder_is_read_as_it_was_written() throws {
        let path = NSTemporaryDirectory() + "report-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let folder = ReportFolder(path: path)
        try folder.write(SampleRun.result([late], outcome: .violated), SampleRun.history, trace: ["a", "b"])
        XCTAssertEqual(
            try FileManager.default.contentsOfDirectory(atPath: path).sorted(),
            ["history.json", "junit.xml", "run.json", "timeline.svg", "trace.jsonl"])
        XCTAssertEqual(try String(contentsOfFile: folder.trace, encoding: .utf8), "a\nb\n")
        let (result, history) = (try folder.readResult(), try folder.readHistory())
        XCTAssertEqual(result.plan, SampleRun.plan)
        XCTAssertEqual(result.violations, [late])
        XCTAssertEqual(result.outcome, .violated)
        XCTAssertEqual(Figures.of(history, plan: result.plan, wall: .milliseconds(1500)), result.figures)
        XCTAssertEqual(history.finalStates[SampleRun.booking]?.row, SampleRun.row)
    }

    func test_the_commit_is_read_from_packed_refs() throws {
        let path = NSTemporaryDirectory() + "git-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try FileManager.default.createDirectory(atPath: path + "/.git", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: path + "/Sources", withIntermediateDirectories: true)
        try "ref: refs/heads/main\n".write(toFile: path + "/.git/HEAD", atomically: true, encoding: .utf8)
        XCTAssertEqual(Provenance.commit(in: path), "unknown")
        try "# pack-refs\nc0ffee refs/heads/main\n".write(
            toFile: path + "/.git/packed-refs", atomically: true, encoding: .utf8)
        XCTAssertEqual(Provenance.commit(in: path + "/Sources"), "c0ffee")
    }
}
