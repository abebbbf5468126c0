import Foundation
import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit
@testable import Simulator

/// Scenarios that users write.
final class ScenarioFileTests: XCTestCase {
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("fixtures")

    private func plan(_ json: String) throws -> Plan {
        try JSONDecoder().decode(ScenarioFile.self, from: Data(json.utf8)).plan(seed: nil, PlanOptions())
    }

    func test_times_are_written_with_units() {
        for (text, milliseconds, isRelative) in [
            ("0", 0, false), ("250ms", 250, false), ("90s", 90_000, false), ("1h30m", 5_400_000, false),
            ("2d", 172_800_000, false), ("+10m", 600_000, true), ("+0", 0, true),
        ] as [(String, Int64, Bool)] {
            XCTAssertEqual(HumanTime(text)?.milliseconds, milliseconds, text)
            XCTAssertEqual(HumanTime(text)?.isRelative, isRelative, text)
        }
        for text in ["", "+", "5", "m", "1x", "-5m", "1h30", "9999999999999999999s", "99999999d", "１m"] {
            XCTAssertNil(HumanTime(text), text)
        }
    }

    func test_repetitions_have_instants_and_labels_of_their_own() throws {
        let plan = try plan(
            #"""
            {"name": "x", "duration": "1h", "steps": [
              {"at": "1m", "every": "30s", "times": 3, "create": {"booking": "b{n}", "start": "+10m"}, "expect": 201}
            ], "expect": {"bookings": 3, "reminders": 0, "events": {"booking.created": 3}}}
            """#)
        XCTAssertEqual(plan.steps.map(\.at), [60_000, 90_000, 120_000])
        XCTAssertEqual(
            plan.operations.map(\.verb),
            (0..<3).map {
                .create(
                    booking: "b\($0 + 1)", provider: 0, start: 660_000 + Int64($0) * 30_000, minutes: 30, key: nil)
            })
        XCTAssertEqual(plan.expectations?.count, 6)
        XCTAssertEqual(plan.title, "x")
    }

    func test_a_fault_lasts_as_long_as_the_file_says() throws {
        let plan = try plan(
            #"""
            {"name": "x", "duration": "1h", "steps": [
              {"at": "1m", "fault": {"name": "pause", "replica": 1, "for": "45s"}},
              {"at": "5m", "fault": {"name": "drop-sockets"}}]}
            """#)
        let spans = FaultSpan.all(of: plan, until: .latest)
        let begin = Timestamp(milliseconds: plan.settings.begin)
        XCTAssertEqual(spans.map(\.from), [begin + .seconds(60), begin + .seconds(300)])
        XCTAssertEqual(spans.map(\.until), [begin + .seconds(105), nil])
    }

    func test_each_fault_of_a_file_is_named_with_its_place() {
        func step(_ step: String) -> String { #"{"name": "x", "duration": "1h", "steps": [\#(step)]}"# }
        for (json, expected) in [
            (#"{"name": "x", "steps": []}"#, "duration is missing"),
            (#"{"name": "x", "duration": "soon", "steps": []}"#, "duration is no time like 90s, 1h30m or +10m: soon"),
            (#"{"name": "x", "duration": "1h", "steps": [], "color": 1}"#, "color is not known here"),
            (step(#"{"at": "1m"}"#), "steps[0] must have exactly one operation"),
            (
                step(#"{"at": "1m", "read": {"booking": "a"}, "list": {"path": "/bookings"}}"#),
                "steps[0] must have exactly"
            ),
            (step(#"{"at": "1m", "times": 2, "list": {"path": "/bookings"}}"#), "steps[0].times requires every"),
            (
                step(#"{"at": "1m", "list": {"path": "/bookings", "by": "me"}}"#),
                "steps[0].list.by is not a valid Caller"
            ),
            (
                step(#"{"at": "1m", "list": {"path": "/bookings"}, "expect": {"code": 1}}"#),
                "steps[0].expect.code is not known"
            ),
            (step(#"{"at": "1m", "create": {"booking": "a"}}"#), "steps[0].create.start is required"),
            (step(#"{"at": "1m", "list": {}}"#), "steps[0].list.path is required"),
            (step(#"{"at": "1m", "fault": {"name": "x"}}"#), "steps[0].fault.name names no fault: x"),
            (step(#"{"at": "1m", "read": {"booking": "a"}}"#), "names a booking that no operation creates: a"),
        ] {
            XCTAssertThrowsError(try plan(json), json) { error in
                let text = (error as? DecodingError)?.place ?? "\(error)"
                XCTAssertTrue(text.contains(expected), "\(expected): \(text)")
            }
        }
    }

    func test_the_examples_are_valid_by_the_schema_and_can_be_planned() throws {
        let schema = try JSONValue.parse(Data(contentsOf: Self.fixtures.appendingPathComponent("scenario.schema.json")))
        guard case .object(let members) = schema else { return XCTFail("no object") }
        let root = JSONValue.object(members.filter { !["$schema", "title", "$defs"].contains($0.name) })
        let example = try JSONValue.parse(
            Data(contentsOf: Self.fixtures.appendingPathComponent("scenarios/pending.json")))
        XCTAssertEqual(JSONSchema(document: schema).violations(example, root), [])
        for name in ["pending.json", "late-cancel.yaml"] {
            let file = try ScenarioFileReader.read(Self.fixtures.appendingPathComponent("scenarios/\(name)").path)
            XCTAssertNoThrow(try file.plan(seed: nil, PlanOptions()), name)
        }
    }

    func test_what_the_file_expects_is_compared_with_the_run() {
        func violations(_ expectations: [Expectation.What], count: Int = 1) -> [String] {
            var builder = HistoryBuilder.withOneBooking
            builder.history.calls.append(builder.call(.read, row: builder.row(), request: "17-o5/2"))
            builder.history.expectations = expectations.map { Expectation(what: $0, count: count) }
            return Checkers.check(builder.history).filter { $0.invariant == "expected" }.map(\.detail)
        }
        func answer(
            _ operation: String = "o5", status: Int? = nil, state: BookingStatus? = nil, version: Int? = nil
        ) -> Expectation.What {
            .answer(
                operation: operation, status: status, state: state, version: version, rows: nil, place: "steps[0]")
        }
        XCTAssertEqual(violations([answer(status: 200, state: .confirmed, version: 1), .bookings]), [])
        XCTAssertEqual(violations([.events("booking.reminder")]), [])
        XCTAssertEqual(violations([answer(status: 404)]), ["steps[0]: status is 200 instead of 404"])
        XCTAssertEqual(violations([answer(version: 2)]), ["steps[0]: version is 1 instead of 2"])
        XCTAssertEqual(violations([answer("o6")]), ["steps[0]: the operation was not executed"])
        XCTAssertEqual(violations([.bookings], count: 2), ["expect: bookings is 1 instead of 2"])
        XCTAssertEqual(
            violations([.events("booking.cancelled")]), ["expect: booking.cancelled is 0 instead of 1"])
    }
}
