import Foundation
import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit
@testable import Simulator

/// The report as one HTML file.
final class HTMLReportTests: XCTestCase {
    private let late = Violation(
        invariant: "reminder-late", detail: "</script><b>late</b>", booking: SampleRun.booking, at: at(3001))

    /// Returns the data of a report.
    private func data(_ document: String) throws -> JSONValue {
        let begin = try XCTUnwrap(document.range(of: #"<script type="application/json" id="data">"#))
        let end = try XCTUnwrap(document[begin.upperBound...].range(of: "</script>"))
        return try JSONValue.parse(document[begin.upperBound..<end.lowerBound].utf8)
    }

    private func elements(_ value: JSONValue?) -> [JSONValue] {
        if case .array(let elements)? = value { elements } else { [] }
    }

    func test_the_file_needs_no_network() throws {
        let document = try HTMLReport(SampleRun.result([late]), SampleRun.history).document()
        for word in ["http://", "https://", "src=", "href=", "@import", "url("] {
            XCTAssertFalse(document.contains(word), word)
        }
    }

    func test_requests_frames_reminders_faults_and_violations_are_in_its_data() throws {
        let document = try HTMLReport(SampleRun.result([late], outcome: .violated), SampleRun.history).document()
        let run = try XCTUnwrap(elements(try data(document)["runs"]).first)
        XCTAssertEqual(elements(run["calls"]).map { $0["kind"]?.string }, ["success", "refused", "unknown"])
        XCTAssertEqual(elements(run["frames"]).map { $0["kind"]?.string }, ["event", "reminder"])
        XCTAssertEqual(elements(run["reminders"]).map { $0["at"]?.double }, [3_001_000])
        XCTAssertEqual(
            elements(run["faults"]).map { $0["label"]?.string },
            ["crash@fire:after, replica 1", "flush, Redis", "pause, replica 0"])
        let violation = try XCTUnwrap(elements(run["violations"]).first)
        XCTAssertEqual(violation["detail"]?.string, "</script><b>late</b>")
        XCTAssertEqual(violation["booking"]?.string, SampleRun.booking.description)
        XCTAssertEqual(elements(run["texts"]), [.string("<&>")], "each text once")
    }

    func test_a_report_stays_small_however_much_was_answered() throws {
        var history = SampleRun.history
        let call = history.calls[0]
        history.calls = (0..<2000).map { number in
            History.Call(
                request: "r\(number)", caller: call.caller, replica: 0, kind: .read, booking: call.booking,
                provider: nil, requestedSlot: nil, key: nil, match: nil, sent: number, answered: number, at: call.at,
                status: 200, isReplay: false, row: nil, rows: nil,
                body: "\(number)" + String(repeating: "x", count: 3000))
        }
        let document = try HTMLReport(SampleRun.result(), history).document()
        XCTAssertLessThan(document.utf8.count, 2_000_000)
    }

    func test_two_runs_stand_in_one_file_with_their_first_difference() throws {
        let run = (result: SampleRun.result(), history: SampleRun.history)
        let instant = RFC3339.string(at(60))
        let difference = TraceDiff.first(["a", #"{"at":"\#(instant)","op":"1"}"#], ["a", "b"])
        let content = try data(try HTMLReport(run, run, difference).document())
        XCTAssertEqual(elements(content["runs"]).count, 2)
        XCTAssertEqual(content["difference"]?["line"]?.double, 2)
        XCTAssertEqual(content["difference"]?["at"]?.double, 60_000)
    }
}
