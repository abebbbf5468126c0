import XCTest

@testable import Bookings

final class ActionRouteTests: XCTestCase {
    func test_a_booking_has_an_etag_and_returns_304_if_the_client_has_that_version() async throws {
        let app = try await TestApp.open()
        let id = try await app.book()
        let read = try await app.send(.get, "/bookings/\(id.uppercased())", as: app.admin)
        XCTAssertEqual(read.status, 200)
        XCTAssertEqual(read.header("ETag"), "\"1\"")
        for known in ["\"1\"", "W/\"1\"", "\"7\", \"1\"", "*"] {
            let same = try await app.send(.get, "/bookings/\(id)", as: app.admin, [("If-None-Match", known)])
            XCTAssertEqual(same.status, 304, known)
            XCTAssertEqual(same.body, [])
            XCTAssertEqual(same.header("ETag"), "\"1\"")
        }
        let head = try await app.send(.head, "/bookings/\(id)", as: app.admin)
        XCTAssertEqual(head.status, 200)
        XCTAssertEqual(head.body, [])
    }

    func test_a_missing_booking_and_an_invisible_one_return_the_same_response() async throws {
        let app = try await TestApp.open()
        let id = try await app.book(provider: TestApp.otherProvider)
        let token = app.token(TestApp.provider, "provider")
        let request = [("X-Request-ID", "one")]
        let hidden = try await app.send(.get, "/bookings/\(id)", as: token, request)
        let absent = try await app.send(.get, "/bookings/\(TestApp.unknownID)", as: token, request)
        XCTAssertEqual(hidden.status, 404)
        XCTAssertEqual(hidden.text.replacing(id, with: ""), absent.text.replacing(TestApp.unknownID, with: ""))
        XCTAssertEqual(hidden.headers, absent.headers)
        let malformed = try await app.send(.get, "/bookings/no-id", as: token)
        XCTAssertEqual(malformed.status, 404)
    }

    func test_repeating_an_action_changes_nothing_and_an_illegal_action_is_rejected() async throws {
        let app = try await TestApp.open()
        let id = try await app.book()
        let cancelled = try await app.send(.post, "/bookings/\(id)/cancel", as: app.admin, body: "{}")
        XCTAssertEqual(cancelled.header("ETag"), "\"2\"")
        let again = try await app.send(.post, "/bookings/\(id)/cancel", as: app.admin)
        XCTAssertEqual(again.status, 200)
        XCTAssertEqual(again.body, cancelled.body)
        let other = try await app.send(.post, "/bookings/\(id)/confirm", as: app.admin)
        XCTAssertEqual(other.status, 409)
        XCTAssertEqual(other.slug, "illegal-transition")
        let field = try await app.send(.post, "/bookings/\(id)/cancel", as: app.admin, body: #"{"why":1}"#)
        XCTAssertEqual(field.pointers, ["/why"])
    }

    func test_if_match_is_checked_before_a_repeated_action_succeeds() async throws {
        let app = try await TestApp.open()
        let id = try await app.book()
        for tag in ["\"2\"", "W/\"1\"", "1", "", "\"01\"", "\"1", "\"1\", W/\"1\""] {
            let answer = try await app.send(.post, "/bookings/\(id)/cancel", as: app.admin, [("If-Match", tag)])
            XCTAssertEqual(answer.status, 412, tag)
            XCTAssertEqual(answer.slug, "precondition-failed")
        }
        let cancelled = try await app.send(
            .post, "/bookings/\(id)/cancel", as: app.admin, [("If-Match", "\"9\", \"a,b\" ,\"1\"")])
        XCTAssertEqual(cancelled.status, 200)
        let stale = try await app.send(.post, "/bookings/\(id)/cancel", as: app.admin, [("If-Match", "\"1\"")])
        XCTAssertEqual(stale.status, 412)
        let any = try await app.send(.post, "/bookings/\(id)/cancel", as: app.admin, [("If-Match", "*")])
        XCTAssertEqual(any.status, 200)
    }

    func test_applying_all_history_entries_yields_the_booking() async throws {
        let app = try await TestApp.open { $0.initialStatus = .pending }
        let id = try await app.book()
        _ = try await app.send(.post, "/bookings/\(id)/confirm", as: app.admin)
        let moved = try await app.send(
            .post, "/bookings/\(id)/reschedule", as: app.admin,
            body: #"{"start_time":"\#(TestApp.at(3))","end_time":"\#(TestApp.at(4))"}"#)
        XCTAssertEqual(moved.status, 200, moved.text)
        let history = try await app.send(.get, "/bookings/\(id)/history", as: app.admin)
        XCTAssertEqual(
            history.elements("data").compactMap { $0["action"]?.string }, ["create", "confirm", "reschedule"])
        XCTAssertEqual(history.elements("data").first?["before"], .null)
        var replayed: [String: JSONValue] = [:]
        for entry in history.elements("data") {
            guard case .object(let changed)? = entry["after"] else { return XCTFail("after is not an object.") }
            for member in changed { replayed[member.name] = member.value }
        }
        guard case .object(let members) = moved.json else { return XCTFail("The body is not a booking.") }
        XCTAssertEqual(replayed, Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.value) }))
    }

    func test_history_is_paged_by_cursors() async throws {
        let app = try await TestApp.open()
        let id = try await app.book()
        for hour in [3, 4, 5] {
            let moved = try await app.send(
                .post, "/bookings/\(id)/reschedule", as: app.admin,
                body: #"{"start_time":"\#(TestApp.at(Double(hour)))","end_time":"\#(TestApp.at(Double(hour) + 1))"}"#)
            XCTAssertEqual(moved.status, 200, moved.text)
        }
        let path = "/bookings/\(id)/history"
        let whole = try await app.send(.get, path, as: app.admin)
        XCTAssertEqual(whole.json["meta"]?["next_cursor"], .null)
        let first = try await app.send(.get, path + "?limit=3", as: app.admin)
        let cursor = try XCTUnwrap(first.json["meta"]?["next_cursor"]?.string)
        let second = try await app.send(.get, path + "?limit=3&cursor=" + cursor, as: app.admin)
        XCTAssertEqual(second.json["meta"]?["next_cursor"], .null)
        XCTAssertEqual(first.elements("data") + second.elements("data"), whole.elements("data"))
        let other = try await app.book(from: 7, to: 8)
        for bad in ["?limit=0", "?limit=1001", "?cursor=x", "?cursor="] {
            let refused = try await app.send(.get, path + bad, as: app.admin)
            XCTAssertEqual(refused.status, 400, bad)
        }
        let foreign = try await app.send(.get, "/bookings/\(other)/history?cursor=" + cursor, as: app.admin)
        XCTAssertEqual(foreign.status, 400)
    }
}
