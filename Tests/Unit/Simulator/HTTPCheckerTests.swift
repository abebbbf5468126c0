import Foundation
import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit

/// The checkers of HTTP semantics, limits, probes and metrics on histories made by hand, each with one thing changed.
final class HTTPCheckerTests: XCTestCase {
    private func exchange(
        _ target: String, method: String = "GET", by caller: Caller? = .admin, replica: Int = 0,
        request: [(String, String)] = [], sent: Int, at now: Int = 0, status: Int = 200,
        headers: [(String, String)] = [], body: String = "{}"
    ) -> History.Exchange {
        History.Exchange(
            request: "r\(sent)", caller: caller, replica: replica, method: method, target: target,
            requestHeaders: request.map { History.HeaderField($0.0, $0.1) }, sent: sent, answered: sent + 1,
            at: at(now),
            answeredAt: at(now), status: status, headers: headers.map { History.HeaderField($0.0, $0.1) }, body: body)
    }

    private func found(_ checker: Checker, _ exchanges: [History.Exchange], in builder: HistoryBuilder? = nil) -> Int {
        var history = builder?.history ?? History()
        history.exchanges = exchanges
        return checker.check(history).violations.count
    }

    // MARK: - etag

    func test_an_entity_tag_names_the_same_bytes_in_every_answer() {
        func two(_ tag: String, _ body: String) -> Int {
            found(
                .etag,
                [
                    exchange("/bookings/1", sent: 1, headers: [("ETag", "\"1\"")], body: "a"),
                    exchange("/bookings/1", sent: 3, headers: [("ETag", tag)], body: body),
                ])
        }
        XCTAssertEqual(two("\"1\"", "a"), 0)
        XCTAssertEqual(two("\"2\"", "b"), 0)
        XCTAssertEqual(two("\"1\"", "b"), 1)
    }

    func test_an_unmodified_booking_is_answered_with_304_and_a_modified_one_is_not() {
        var builder = HistoryBuilder()
        builder.book()
        builder.act(.cancel, at: 10)
        func conditional(_ named: String, _ status: Int, _ tag: String) -> Int {
            found(
                .etag,
                [
                    exchange(
                        "/bookings/\(builder.row().id)", request: [("If-None-Match", named)], sent: 100, status: status,
                        headers: [("ETag", tag)], body: status == 304 ? "" : "x")
                ], in: builder)
        }
        XCTAssertEqual(conditional("\"2\"", 304, "\"2\""), 0)
        XCTAssertEqual(conditional("\"1\"", 200, "\"2\""), 0)
        XCTAssertEqual(conditional("\"1\"", 304, "\"1\""), 1)
        XCTAssertEqual(conditional("\"2\"", 200, "\"2\""), 1)
        XCTAssertEqual(conditional("\"1\"", 304, "\"2\""), 1)
    }

    // MARK: - page-complete

    func test_a_page_has_the_total_and_the_rows_of_its_list() {
        let contract = ContractHistory().history
        func page(_ change: (String) -> String) -> Int {
            var history = contract
            let index = history.exchanges.firstIndex { $0.request == "r-page" } ?? 0
            let old = history.exchanges[index]
            history.exchanges[index] = exchange(
                "/bookings", sent: old.sent, at: 40, body: change(old.body))
            return Checker.pageComplete.check(history).violations.count
        }
        XCTAssertEqual(page { $0 }, 0)
        XCTAssertEqual(page { $0.replacingOccurrences(of: "\"total\":1", with: "\"total\":2") }, 1)
        XCTAssertEqual(page { $0.replacingOccurrences(of: "\"total\":1", with: "\"total\":0") }, 1)
        XCTAssertEqual(page { "{\"data\":[]" + $0.drop { $0 != "]" }.dropFirst() }, 1)
    }

    // MARK: - rate-limit

    func test_a_caller_gets_as_many_requests_in_a_window_as_its_limit() {
        func window(passed: Int, refused: Int, replicas: Int = 1, isShared: Bool = true) -> Int {
            var history = History()
            history.rateLimit = .init(requests: 3, seconds: 60, isShared: isShared)
            history.replicas = replicas
            history.exchanges = (0..<passed + refused).map {
                exchange("/bookings", replica: $0 % replicas, sent: 2 * $0, status: $0 < passed ? 200 : 429)
            }
            return Checker.rateLimit.check(history).violations.count
        }
        XCTAssertEqual(window(passed: 3, refused: 2), 0)
        XCTAssertEqual(window(passed: 2, refused: 0), 0)
        XCTAssertEqual(window(passed: 4, refused: 0), 1)
        XCTAssertEqual(window(passed: 2, refused: 1), 1)
        XCTAssertEqual(window(passed: 6, refused: 0, replicas: 2, isShared: false), 0)
        XCTAssertEqual(window(passed: 6, refused: 0, replicas: 2), 1)
    }

    // MARK: - health-true

    func test_a_replica_that_is_healthy_takes_writes_and_another_takes_none() {
        func probe(_ path: String, _ status: Int, write: Int, replica: Int = 0, fault: Int? = nil) -> Int {
            var history = History()
            if let fault {
                history.faultPeriods = [.init(name: "replica 0 has no store", from: at(fault), until: at(1000))]
            }
            history.exchanges = [
                exchange(path, by: nil, sent: 1, at: 10, status: status),
                exchange("/bookings", method: "POST", replica: replica, sent: 3, at: 10, status: write),
            ]
            return Checker.healthTrue.check(history).violations.count
        }
        XCTAssertEqual(probe("/health", 200, write: 201), 0)
        XCTAssertEqual(probe("/health", 503, write: 503), 0)
        XCTAssertEqual(probe("/health", 200, write: 503), 1)
        XCTAssertEqual(probe("/health/ready", 503, write: 201), 1)
        XCTAssertEqual(probe("/health", 200, write: 503, replica: 1), 0)
        XCTAssertEqual(probe("/health", 200, write: 503, fault: 9), 0)
        XCTAssertEqual(probe("/health", 200, write: 503, fault: 1), 1)
    }

    // MARK: - metrics-true

    func test_the_counters_of_all_replicas_equal_what_the_history_counts() {
        func metrics(created: (Int, Int), onTime: Int = 1, fault: Bool = false) -> Int {
            var builder = HistoryBuilder.withOneBooking
            builder.book(2, start: 9000, at: 5)
            if fault { builder.fault(from: 1, until: 2) }
            let texts = [created.0, created.1].enumerated().map { index, count in
                "bookings_created_total \(count)\n"
                    + (index == 0 ? "booking_reminders_total{outcome=\"on_time\"} \(onTime)\n" : "")
            }
            return found(
                .metricsTrue,
                texts.enumerated().map { exchange("/metrics", by: nil, replica: $0, sent: 100 + $0, body: $1) },
                in: builder)
        }
        XCTAssertEqual(metrics(created: (1, 1)), 0)
        XCTAssertEqual(metrics(created: (2, 0)), 0)
        XCTAssertEqual(metrics(created: (2, 1)), 1)
        XCTAssertEqual(metrics(created: (1, 1), onTime: 2), 1)
        XCTAssertEqual(metrics(created: (2, 1), fault: true), 0)
    }

    // MARK: - idempotent

    func test_the_first_request_of_a_key_on_a_day_is_no_replay() {
        func second(at now: Int, isReplay: Bool, row: UInt64) -> Int {
            var builder = HistoryBuilder()
            builder.book(1, at: 0)
            builder.book(2, start: 9000, at: 0)
            builder.history.calls.append(
                builder.call(.create, row: builder.row(1), at: 0, key: "k", status: 201))
            builder.history.calls.append(
                builder.call(.create, row: builder.row(row), at: now, key: "k", status: 201, isReplay: isReplay))
            return Checker.idempotent.check(builder.history).violations.count
        }
        let day = 24 * 3600
        XCTAssertEqual(second(at: 100, isReplay: true, row: 1), 0)
        XCTAssertEqual(second(at: day + 1, isReplay: false, row: 2), 0)
        XCTAssertEqual(second(at: day + 1, isReplay: true, row: 1), 1)
        XCTAssertEqual(second(at: 100, isReplay: false, row: 1), 1)
    }
}
