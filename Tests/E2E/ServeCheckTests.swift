import Bookings
import TestSupport
import XCTest

@testable import SimulationKit

/// What `simulator serve` tells of what has happened so far: verdicts, histories, events and the trace.
final class ServeCheckTests: ServeTestCase {
    private func outcomes(_ cluster: ServedCluster) async throws -> [String: String] {
        let report = try await control(cluster, "POST", "/check")
        return Dictionary(
            uniqueKeysWithValues: (report["verdicts"] ?? .null).elements.map {
                ($0["invariant"]?.string ?? "", $0["outcome"]?.string ?? "")
            })
    }

    func test_a_service_that_keeps_its_promises_is_judged_right_also_after_a_fault() async throws {
        let cluster = try await serve(replicas: 2)
        for hour in 1...3 { try await book(cluster, at: Self.begin + .seconds(Int64(hour) * 3600)) }
        _ = try await cluster.advance(by: .seconds(3600))
        try await cluster.inject(.crash(nil), replica: 1, amount: nil, for: .seconds(600))
        _ = try await cluster.advance(by: .seconds(3 * 3600))
        let judged = try await outcomes(cluster)
        XCTAssertEqual(judged.values.filter { $0 == "held" }.count, 8, "\(judged)")
        XCTAssertEqual(Set(judged.values), ["held", "not-judged"], "\(judged)")
        XCTAssertEqual(judged.count, Checkers.all.count)
    }

    func test_a_planted_bug_is_judged_by_the_promise_that_it_breaks() async throws {
        for (mutant, invariant) in [
            (Mutant.reminderSecondEarly, "reminder-early"), (.reminderLate, "reminder-late"),
        ] {
            let cluster = try await serve(mutant: mutant)
            try await book(cluster, at: Self.begin + .seconds(3600))
            _ = try await cluster.advance(by: .seconds(7200))
            let report = try await control(cluster, "POST", "/check")
            XCTAssertEqual(report["held"], .bool(false))
            let verdict = (report["verdicts"] ?? .null).elements.first { $0["invariant"]?.string == invariant }
            XCTAssertEqual(verdict?["outcome"]?.string, "violated", invariant)
            XCTAssertEqual((verdict?["violations"] ?? .null).elements.isEmpty, false)
        }
    }

    func test_a_promise_that_cannot_be_judged_has_its_reason() async throws {
        let cluster = try await serve()
        let report = try await control(cluster, "POST", "/check", "{}")
        let open = (report["verdicts"] ?? .null).elements.filter { $0["outcome"]?.string == "not-judged" }
        XCTAssertFalse(open.isEmpty)
        for verdict in open { XCTAssertEqual(verdict["limit"]?.string?.contains("reads"), true, "\(verdict)") }
        try await cluster.inject(.storeDown, replica: 0, amount: nil, for: nil)
        let refused = await ControlAPI(cluster).answer(.init(method: "POST", target: "/check", body: []))
        XCTAssertEqual(refused.status, 503)
        try await cluster.repair("store-down")
        try await cluster.inject(.busDown, replica: 0, amount: nil, for: nil)
        let during = try await outcomes(cluster)
        XCTAssertEqual(during["converge"], "not-judged")
    }

    func test_the_history_has_each_booking_with_its_versions_and_its_events_page_by_page() async throws {
        let cluster = try await serve()
        for hour in 1...3 { try await book(cluster, at: Self.begin + .seconds(Int64(hour) * 3600)) }
        _ = try await cluster.advance(by: .seconds(2 * 3600))
        var (bookings, target): ([JSONValue], String?) = ([], "/history?limit=2")
        while let page = target {
            let json = try await control(cluster, "GET", page)
            bookings += (json["bookings"] ?? .null).elements
            target = json["next_cursor"]?.string.map { "/history?limit=2&cursor=\($0)" }
        }
        XCTAssertEqual(Set(bookings.compactMap { $0["booking"]?["id"]?.string }).count, 3)
        XCTAssertEqual(bookings.map { ($0["versions"] ?? .null).elements.count }, [1, 1, 1])
        let names = bookings.map { ($0["events"] ?? .null).elements.compactMap { $0["name"]?.string } }
        XCTAssertEqual(names.flatMap { $0 }.count, 5)
        XCTAssertEqual(names.filter { $0 == ["booking.created", "booking.reminder"] }.count, 2, "\(names)")
    }

    func test_events_and_the_trace_are_read_from_where_the_last_answer_ended() async throws {
        let cluster = try await serve()
        try await book(cluster, at: Self.begin + .seconds(3600))
        _ = try await cluster.advance(by: .seconds(3600))
        let first = try await control(cluster, "GET", "/events?limit=1")
        XCTAssertEqual((first["events"] ?? .null).elements.map { $0["name"]?.string }, ["booking.created"])
        let rest = try await control(cluster, "GET", "/events?after=1")
        XCTAssertEqual((rest["events"] ?? .null).elements.map { $0["name"]?.string }, ["booking.reminder"])
        XCTAssertEqual(rest["next"], .number("2"))
        let trace = try await control(cluster, "GET", "/trace?after=1")
        let lines = try (trace["lines"] ?? .null).elements.map { try JSONValue.parse(($0.string ?? "").utf8) }
        XCTAssertEqual(lines.map { $0["op"]?.string }, ["event", "advance", "event"])
        try await cluster.reset()
        let none = try await control(cluster, "GET", "/events")
        XCTAssertEqual(none["next"], .number("0"))
    }
}
