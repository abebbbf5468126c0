import HTTPTypes
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsHTTP

final class RequestLogTests: XCTestCase {
    private let log = RecordedLog()

    private func app(logging: Bool = true) async throws -> TestApp {
        try await TestApp.open(logger: log.logger) { $0.logRequests = logging }
    }

    func test_a_request_is_logged_with_its_route_status_and_a_hash_of_its_subject() async throws {
        let app = try await app()
        let id = try await app.book()
        let path = "/bookings/\(id)?canary=1"
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let answer = try await app.send(.get, path, as: app.admin, [("traceparent", trace), ("X-Request-ID", "mine")])
        XCTAssertEqual(answer.status, 200)
        let line = try XCTUnwrap(log.recorded.last)
        for part in [
            "info Request.", #""request_id": mine"#, #""trace_id": 0af7651916cd43dd8448eb211c80319c"#,
            #""status": 200"#,
            #""route": /bookings/{id}"#, #""method": GET"#, #""duration_ms": "#, #""subject": "#,
        ] {
            XCTAssertTrue(line.contains(part), "\(part) is missing: \(line)")
        }
        for part in ["canary", id, "root"] { XCTAssertFalse(line.contains(part), line) }
    }

    func test_requests_without_a_trace_get_different_ones() async throws {
        let app = try await app()
        for _ in 0..<2 { _ = try await app.send(.get, "/health/live") }
        let traces = log.recorded.compactMap { $0.firstMatch(of: /"trace_id": ([0-9a-f]{32})/)?.output.1 }
        XCTAssertEqual(Set(traces).count, 2, "\(log.recorded)")
    }

    func test_a_request_without_a_caller_or_a_route_is_logged_too() async throws {
        let app = try await app()
        _ = try await app.send(.get, "/canary")
        let line = try XCTUnwrap(log.recorded.last)
        XCTAssertTrue(line.contains(#""route": unknown"#) && line.contains(#""status": 404"#), line)
        XCTAssertFalse(line.contains("canary") || line.contains("subject"), line)
    }

    func test_nothing_is_logged_unless_it_is_asked_for() async throws {
        let app = try await app(logging: false)
        _ = try await app.send(.get, "/health/live")
        XCTAssertEqual(log.recorded.filter { $0.contains("Request.") }, [])
    }
}
