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
        history.frames = []
        XCTAssertEqual(Figures.of(history, plan: SampleRun.plan, wall: .zero).latenessMax, 2000)
    }

    func test_lateness_is_measured_where_the_reminder_arrives() {
        var history = SampleRun.history
        history.log[1] = SampleRun.entry("booking.reminder", at(3000), lead: 600_000)
        history.frames[1] = SampleRun.frame("booking.reminder", at(3045), connection: 2)
        XCTAssertEqual(Figures.of(history, plan: SampleRun.plan, wall: .zero).latenessMax, 45_000)
        let reminders = TimelineReminders(history)
        XCTAssertEqual(reminders.pairs, [.init(due: at(3000), sent: at(3045), booking: SampleRun.booking)])
        XCTAssertEqual(reminders.sent, [.init(at: at(3045), category: .late)])
    }

    func test_percentiles_of_lateness_are_by_nearest_rank() {
        var history = SampleRun.history
        history.frames = []
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
            ["history.json", "junit.xml", "report.html", "run.json", "timeline.svg", "trace.jsonl"])
        XCTAssertEqual(try String(contentsOfFile: folder.trace, encoding: .utf8), "a\nb\n")
        let (result, history) = (try folder.readResult(), try folder.readHistory())
        XCTAssertEqual(result.plan, SampleRun.plan)
        XCTAssertEqual(result.violations, [late])
        XCTAssertEqual(result.outcome, .violated)
        XCTAssertEqual(Figures.of(history, plan: result.plan, wall: .milliseconds(1500)), result.figures)
        XCTAssertEqual(history.finalStates[SampleRun.booking]?.row, SampleRun.row)
    }

    private func temporaryFolder() throws -> String {
        let path = NSTemporaryDirectory() + "report-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        addTeardownBlock { try? FileManager.default.removeItem(atPath: path) }
        return path
    }

    private func write(_ content: String, to path: String) throws {
        try FileManager.default.createDirectory(
            at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
        try content.write(toFile: path, atomically: true, encoding: .utf8)
    }

    func test_the_commit_is_read_from_packed_refs() throws {
        let path = try temporaryFolder()
        try write("ref: refs/heads/main\n", to: path + "/.git/HEAD")
        XCTAssertEqual(Provenance.commit(in: path, at: .now), "unknown")
        try write("# pack-refs\nc0ffee refs/heads/main\n", to: path + "/.git/packed-refs")
        XCTAssertEqual(Provenance.commit(in: path + "/Sources", at: .now), "c0ffee")
    }

    func test_the_commit_of_a_build_is_the_one_that_was_checked_out_when_it_was_linked() throws {
        let path = try temporaryFolder()
        try write("newer\n", to: path + "/.git/HEAD")
        try write(
            "0 old A <a@b> 1000 +0000\tcommit: one\nold newer A B <a@b> 2000 +0000\tcommit: two\n",
            to: path + "/.git/logs/HEAD")
        for (seconds, commit) in [(1999.0, "old"), (2000.0, "newer"), (9999.0, "newer")] {
            let linked = Date(timeIntervalSince1970: seconds)
            XCTAssertEqual(Provenance.commit(in: path + "/bin", at: linked), commit, "\(seconds)")
        }
    }

    func test_the_commit_of_a_worktree_is_read_from_the_folder_that_its_file_names() throws {
        let path = try temporaryFolder()
        try write("gitdir: \(path)/main/.git/worktrees/one\n", to: path + "/one/.git")
        try write("ref: refs/heads/one\n", to: path + "/main/.git/worktrees/one/HEAD")
        try write("../..\n", to: path + "/main/.git/worktrees/one/commondir")
        try write("c0ffee\n", to: path + "/main/.git/refs/heads/one")
        XCTAssertEqual(Provenance.commit(in: path + "/one/Sources", at: .now), "c0ffee")
    }

    func test_the_plan_of_a_report_can_be_read_from_each_of_its_files() throws {
        let path = try temporaryFolder()
        let folder = ReportFolder(path: path)
        try folder.begin(with: SampleRun.plan)
        try folder.write(SampleRun.result(), SampleRun.history, trace: [])
        for file in ["plan.json", "run.json"] {
            XCTAssertEqual(try PlanFile.read("\(path)/\(file)"), SampleRun.plan, file)
        }
    }

    func test_a_file_that_is_no_plan_is_refused_with_the_place_of_its_fault() throws {
        let path = try temporaryFolder() + "/plan.json"
        let plan = try JSONFile.text(SampleRun.plan)
        for (content, fault) in [
            ("{", "is not a plan"), ("{}", "scenario is missing"),
            (plan.replacingOccurrences(of: "\"at\" : 600000", with: "\"at\" : \"soon\""), "steps[1].at is not of"),
            (plan.replacingOccurrences(of: "\"customer-1\"", with: "\"unknown\""), "steps[0].operations[0].caller "),
        ] {
            try write(content, to: path)
            XCTAssertThrowsError(try PlanFile.read(path)) { error in
                guard case SimulatorError.usage(let reason) = error else { return XCTFail("\(error)") }
                XCTAssertTrue(reason.contains(fault), reason)
            }
        }
    }
}
