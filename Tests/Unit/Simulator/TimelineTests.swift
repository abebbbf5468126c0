import Foundation
import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit
@testable import Simulator

final class TimelineTests: XCTestCase {
    private func picture(
        _ history: History = SampleRun.history, _ plan: Plan = SampleRun.plan, _ violations: [Violation] = []
    ) throws -> ParsedXML {
        try XCTUnwrap(XML.parse(Timeline(history: history, plan: plan, violations: violations).svg), "no XML")
    }

    private func texts(_ picture: ParsedXML) -> [String] { picture.all("text").map(\.text) }

    func test_every_participant_has_a_lane() throws {
        let texts = Set(texts(try picture()))
        for lane in [
            "faults", "customer-1", "socket admin", "reminders", "replica 0", "replica 1", "Redis (none)",
            "Postgres (none)",
        ] {
            XCTAssertTrue(texts.contains(lane), lane)
        }
    }

    func test_requests_frames_and_reminders_have_the_color_of_their_outcome() throws {
        var history = SampleRun.history
        history.finalStates[BookingID(high: 7, low: 2)] = .init(row: SampleRun.row, requests: [])
        let tips = try picture(history).all("title").map(\.text)
        for tip in [
            "1 2xx, sent on time", "1 3xx, 4xx", "1 no answer, 5xx", "1 reminder", "1 event", "1 reminder due",
            "1 violated, never sent",
        ] {
            XCTAssertTrue(tips.contains(tip), "\(tip): \(tips)")
        }
    }

    func test_a_fault_is_drawn_until_its_heal_or_the_end_of_the_run() {
        let spans = FaultSpan.all(of: SampleRun.plan, until: at(7200))
        XCTAssertEqual(
            spans,
            [
                FaultSpan(target: .replica(1), label: "crash@fire:after", from: at(600), until: at(900)),
                FaultSpan(target: .redis, label: "flush", from: at(600), until: nil),
                FaultSpan(target: .replica(0), label: "pause", from: at(900), until: at(7200)),
            ])
    }

    func test_a_violation_is_marked_at_its_instant_and_described_below() throws {
        let at = at(3600)
        let placed = Violation(invariant: "reminder-late", detail: "a <b> & c", booking: nil, at: at)
        let unplaced = Violation(invariant: "converge", detail: "never")
        let picture = try picture(SampleRun.history, SampleRun.plan, [placed, unplaced])
        let texts = texts(picture)
        XCTAssertTrue(texts.contains("1  reminder-late at \(RFC3339.string(at)): a <b> & c"), "\(texts)")
        XCTAssertTrue(texts.contains("2  converge: never"), "\(texts)")
        let bad = picture.all("line").filter { $0.attributes["stroke"] == TimelineLane.Category.violation.color }
        XCTAssertEqual(bad.map { $0.attributes["x1"] }, ["870"], "half of the way from 170 to 1570")
    }

    func test_a_hundred_thousand_reminders_at_one_instant_are_drawn_as_one_stroke() throws {
        var history = SampleRun.history
        history.frames = []
        history.log = (0..<100_000).map { number in
            History.LogEntry(
                event: "e", name: "booking.reminder", booking: BookingID(high: 8, low: number), provider: nil,
                customer: nil, start: at(3600), version: 1, lead: 600_000, occurredAt: at(3000))
        }
        let svg = Timeline(history: history, plan: SampleRun.plan, violations: []).svg
        XCTAssertTrue(svg.contains("100000 reminder due"), "counted")
        XCTAssertLessThan(svg.utf8.count, 50_000)
    }

    func test_sockets_beyond_the_limit_share_a_lane() throws {
        var history = SampleRun.history
        for number in 0..<100 {
            history.listeners["customer-\(number)"] = .init(
                caller: .customer(number), startPosition: 0, startedAt: at(0))
        }
        let texts = texts(try picture(history))
        XCTAssertEqual(texts.count { $0.hasPrefix("socket ") }, 11)
        XCTAssertTrue(texts.contains("90 other sockets"), "\(texts)")
    }

    func test_an_empty_history_can_be_drawn() throws {
        XCTAssertNotNil(try picture(History(), SampleRun.plan))
    }

    func test_ticks_are_round_instants_and_few_for_any_length() {
        for seconds in [1, 59, 3600, 86_400, 7 * 86_400, 400 * 86_400] {
            let scale = TimelineScale(from: at(7), until: at(7 + seconds), left: 0, right: 100)
            XCTAssertTrue((1...16).contains(scale.ticks.count), "\(seconds): \(scale.ticks.count)")
            XCTAssertNotNil(scale.ticks.first?.date)
        }
        let scale = TimelineScale(from: at(0), until: at(100), left: 100, right: 200)
        XCTAssertEqual([at(-5), at(0), at(50), at(100), at(200)].map(scale.x), [100, 100, 150, 200, 200])
    }
}
