import Foundation
import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit

/// The checker `contract` on answers and events made by hand: each has one thing changed in it.
final class ContractCheckerTests: XCTestCase {
    private let history = ContractHistory()

    /// The instant as the API shows it.
    private func t(_ seconds: Int) -> String { RFC3339.string(at(seconds)) }

    private func assertRefused(
        _ request: String, _ word: String, line: UInt = #line, _ change: (inout ExchangeDraft) -> Void
    ) {
        let found = history.violations(in: request, change)
        XCTAssertTrue(found.contains { $0.contains(word) }, "\(word): \(found)", line: line)
    }

    func test_answers_and_events_as_the_contract_has_them_are_correct() {
        XCTAssertEqual(history.violations, [])
    }

    func test_a_status_that_is_not_described_is_reported() {
        assertRefused("r-read", "is not described") { $0.status = 500 }
        assertRefused("r-page", "is not described") { $0.status = 201 }
    }

    func test_each_wrong_member_of_a_booking_is_reported() {
        for (part, other, word) in [
            ("confirmed", "pending", "status"), ("customer-0", "customer-1", "customer_id"),
            (t(3600), t(3601), "start_time"), (t(4200), t(4201), "end_time"), (t(0), t(1), "created_at"),
            ("\"version\":1", "\"version\":2", "entity tag"),
        ] { assertRefused("r-create", word) { $0.replace(part, by: other) } }
        assertRefused("r-read", "shows version 3") { $0.replace("\"version\":2", by: "\"version\":3") }
        assertRefused("r-page", "status") { $0.replace("cancelled", by: "declined") }
    }

    func test_each_wrong_header_is_reported() {
        for (name, value) in [
            ("etag", "\"2\""), ("location", "/bookings/1"), ("x-request-id", "other"), ("vary", "Accept"),
            ("cache-control", "no-cache"), ("content-type", "text/plain"), ("x-other", "1"),
            ("access-control-allow-origin", "*"), ("retry-after", "1"), ("www-authenticate", "Bearer"),
            ("idempotency-replayed", "true"),
        ] {
            let found = history.violations(in: "r-create") { $0.headers[name] = value }
            XCTAssertFalse(found.isEmpty, name)
        }
        for name in ["etag", "location", "x-request-id", "vary", "cache-control", "content-type"] {
            let found = history.violations(in: "r-create") { $0.headers[name] = nil }
            XCTAssertFalse(found.isEmpty, "without \(name)")
        }
    }

    func test_each_wrong_member_of_a_problem_is_reported() {
        for (part, other, word) in [
            ("Time slot taken", "Taken", "title"), ("\"status\":409", "\"status\":400", "status"),
            ("\"instance\":\"/bookings\"", "\"instance\":\"/\"", "instance"), ("r-refused", "other", "request_id"),
            ("/problems/slot-taken", "/problems/gone", "type"), ("\"detail\":\"Taken.\",", "", "detail"),
            (t(4800), t(4801), "next free"), ("\"blocking\"", "\"other\"", "other"),
            ("\(t(4200))\",\"start_time\":\"\(t(3600))", "\(t(3600))\",\"start_time\":\"\(t(3000))", "in the way"),
        ] { assertRefused("r-refused", word) { $0.replace(part, by: other) } }
    }

    func test_each_wrong_member_of_a_page_is_reported() {
        for (part, other, word) in [
            ("\"total_pages\":1", "\"total_pages\":2", "total_pages"), ("\"limit\":10", "\"limit\":20", "limit"),
            ("\"page\":1", "\"page\":2", "page"), ("\"total\":1", "\"total\":2", "number of rows"),
            ("\"next_cursor\":null", "\"next_cursor\":\"c\"", "next cursor"), (t(40), t(42), "as_of"),
        ] { assertRefused("r-page", word) { $0.replace(part, by: other) } }
        assertRefused("r-page", "links") { $0.headers["link"] = nil }
    }

    func test_each_wrong_member_of_a_history_is_reported() {
        for (part, other, word) in [
            ("\"action\":\"cancel\"", "\"action\":\"decline\"", "action"), ("customer\"]", "admin\"]", "actor"),
            ("\"sub\":\"customer-0\"", "\"sub\":\"admin\"", "actor"), ("\"r-cancel\"", "\"other\"", "request_id"),
            ("\"before\":{\"status\":\"confirmed\"", "\"before\":{\"status\":\"pending\"", "before"),
            ("\"after\":{\"status\":\"cancelled\"", "\"after\":{\"status\":\"declined\"", "after"),
        ] { assertRefused("r-history", word) { $0.replace(part, by: other) } }
    }

    func test_an_event_that_differs_from_the_log_or_from_the_model_is_reported() {
        var frame = history
        frame.changeFrame { $0.replacingOccurrences(of: "customer-0", with: "customer-1") }
        XCTAssertEqual(frame.violations.count, 1)
        XCTAssertTrue(frame.violations[0].contains("admin received"))
        for (part, other, word) in [
            ("confirmed", "pending", "status"), ("\"occurred_at\":\"\(t(0))", "\"occurred_at\":\"\(t(1))", "event"),
        ] {
            var log = history
            log.changeLog { $0.replacingOccurrences(of: part, with: other) }
            XCTAssertTrue(log.violations.contains { $0.contains(word) }, "\(word): \(log.violations)")
        }
    }
}
