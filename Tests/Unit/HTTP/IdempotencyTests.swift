import XCTest

@testable import Bookings
@testable import BookingsSQLite

final class IdempotencyTests: XCTestCase {
    private let key = [("Idempotency-Key", "k1")]

    private func assertReplay(_ second: Answer, of first: Answer, line: UInt = #line) {
        XCTAssertEqual(second.status, first.status, line: line)
        XCTAssertEqual(second.body, first.body, line: line)
        for name in ["ETag", "Location", "Content-Type"] {
            XCTAssertEqual(second.header(name), first.header(name), line: line)
        }
        XCTAssertEqual(second.header("Idempotency-Replayed"), "true", line: line)
        XCTAssertNil(first.header("Idempotency-Replayed"), line: line)
    }

    func test_a_repeated_request_returns_the_same_response_byte_for_byte() async throws {
        let app = try await TestApp.open()
        let first = try await app.send(.post, "/bookings", as: app.admin, key, body: TestApp.body())
        let second = try await app.send(.post, "/bookings", as: app.admin, key, body: TestApp.body())
        assertReplay(second, of: first)
        let other = try await app.send(.post, "/bookings", as: app.admin, key, body: TestApp.body(from: 5, to: 6))
        XCTAssertEqual(other.status, 422)
        XCTAssertEqual(other.slug, "idempotency-mismatch")
    }

    func test_a_replay_ignores_the_clock_and_if_match() async throws {
        let app = try await TestApp.open()
        let first = try await app.send(.post, "/bookings", as: app.admin, key, body: TestApp.body())
        app.clock.advance(by: .seconds(3 * 3600))
        let second = try await app.send(.post, "/bookings", as: app.admin, key, body: TestApp.body())
        assertReplay(second, of: first)
        let id = try await app.book(from: 10, to: 11)
        let match = key + [("If-Match", "\"1\"")]
        let cancelled = try await app.send(.post, "/bookings/\(id)/cancel", as: app.admin, match)
        XCTAssertEqual(cancelled.status, 200)
        assertReplay(try await app.send(.post, "/bookings/\(id)/cancel", as: app.admin, match), of: cancelled)
    }

    func test_refusals_of_valid_input_are_stored_and_validation_errors_are_not() async throws {
        let app = try await TestApp.open()
        let id = try await app.book()
        let taken = try await app.send(.post, "/bookings", as: app.admin, key, body: TestApp.body())
        XCTAssertEqual(taken.status, 409)
        _ = try await app.send(.post, "/bookings/\(id)/cancel", as: app.admin)
        assertReplay(try await app.send(.post, "/bookings", as: app.admin, key, body: TestApp.body()), of: taken)
        let path = "/bookings/\(TestApp.unknownID)/cancel"
        let absent = try await app.send(.post, path, as: app.admin, key)
        XCTAssertEqual(absent.status, 404)
        assertReplay(try await app.send(.post, path, as: app.admin, key), of: absent)
        let fresh = [("Idempotency-Key", "k2")]
        let invalid = try await app.send(.post, "/bookings", as: app.admin, fresh, body: "{}")
        XCTAssertEqual(invalid.status, 400)
        let made = try await app.send(.post, "/bookings", as: app.admin, fresh, body: TestApp.body())
        XCTAssertEqual(made.status, 201)
    }

    func test_rights_are_checked_before_a_replay_and_keys_are_separate_for_each_subject() async throws {
        let app = try await TestApp.open()
        let first = try await app.send(
            .post, "/bookings", as: app.token("ann", "admin"), key, body: TestApp.body(customer: "bob"))
        XCTAssertEqual(first.status, 201)
        let lesser = try await app.send(
            .post, "/bookings", as: app.token("ann", "customer"), key, body: TestApp.body(customer: "bob"))
        XCTAssertEqual(lesser.status, 403)
        let other = try await app.send(
            .post, "/bookings", as: app.token("eve", "admin"), key, body: TestApp.body(customer: "bob"))
        XCTAssertEqual(other.status, 409)
    }

    func test_an_idempotency_key_expires_after_24_hours() async throws {
        let app = try await TestApp.open()
        let body = TestApp.body(from: 30, to: 31)
        _ = try await app.send(.post, "/bookings", as: app.admin, key, body: body)
        app.clock.advance(by: .seconds(24 * 3600))
        let kept = try await app.send(.post, "/bookings", as: app.admin, key, body: body)
        XCTAssertEqual(kept.status, 201)
        app.clock.advance(by: .milliseconds(1))
        let forgotten = try await app.send(.post, "/bookings", as: app.admin, key, body: body)
        XCTAssertEqual(forgotten.status, 409)
    }
}
