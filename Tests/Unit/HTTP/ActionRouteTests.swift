import XCTest

@testable import Bookings

final class ActionRouteTests: XCTestCase {
    func test_a_booking_is_read_with_its_tag_and_304_when_it_is_known() async throws {
        let house = try await House.open()
        let id = try await house.book()
        let read = try await house.send(.get, "/bookings/\(id.uppercased())", as: house.admin)
        XCTAssertEqual(read.status, 200)
        XCTAssertEqual(read.header("ETag"), "\"1\"")
        for known in ["\"1\"", "W/\"1\"", "\"7\", \"1\"", "*"] {
            let same = try await house.send(.get, "/bookings/\(id)", as: house.admin, [("If-None-Match", known)])
            XCTAssertEqual(same.status, 304, known)
            XCTAssertEqual(same.body, [])
            XCTAssertEqual(same.header("ETag"), "\"1\"")
        }
        let head = try await house.send(.head, "/bookings/\(id)", as: house.admin)
        XCTAssertEqual(head.status, 200)
        XCTAssertEqual(head.body, [])
    }

    func test_what_is_not_there_and_what_is_not_yours_look_alike() async throws {
        let house = try await House.open()
        let id = try await house.book(provider: House.otherProvider)
        let token = house.token(House.provider, "provider")
        let request = [("X-Request-ID", "one")]
        let hidden = try await house.send(.get, "/bookings/\(id)", as: token, request)
        let absent = try await house.send(.get, "/bookings/\(House.nobody)", as: token, request)
        XCTAssertEqual(hidden.status, 404)
        XCTAssertEqual(hidden.text.replacing(id, with: ""), absent.text.replacing(House.nobody, with: ""))
        XCTAssertEqual(hidden.headers, absent.headers)
        let malformed = try await house.send(.get, "/bookings/no-id", as: token)
        XCTAssertEqual(malformed.status, 404)
    }

    func test_an_action_again_changes_nothing_and_another_is_refused() async throws {
        let house = try await House.open()
        let id = try await house.book()
        let cancelled = try await house.send(.post, "/bookings/\(id)/cancel", as: house.admin, body: "{}")
        XCTAssertEqual(cancelled.header("ETag"), "\"2\"")
        let again = try await house.send(.post, "/bookings/\(id)/cancel", as: house.admin)
        XCTAssertEqual(again.status, 200)
        XCTAssertEqual(again.body, cancelled.body)
        let other = try await house.send(.post, "/bookings/\(id)/confirm", as: house.admin)
        XCTAssertEqual(other.status, 409)
        XCTAssertEqual(other.slug, "illegal-transition")
        let field = try await house.send(.post, "/bookings/\(id)/cancel", as: house.admin, body: #"{"why":1}"#)
        XCTAssertEqual(field.pointers, ["/why"])
    }

    func test_if_match_is_looked_at_before_the_repeat_rule() async throws {
        let house = try await House.open()
        let id = try await house.book()
        for tag in ["\"2\"", "W/\"1\"", "1", "", "\"01\"", "\"1", "\"1\", W/\"1\""] {
            let answer = try await house.send(.post, "/bookings/\(id)/cancel", as: house.admin, [("If-Match", tag)])
            XCTAssertEqual(answer.status, 412, tag)
            XCTAssertEqual(answer.slug, "precondition-failed")
        }
        let cancelled = try await house.send(
            .post, "/bookings/\(id)/cancel", as: house.admin, [("If-Match", "\"9\", \"a,b\" ,\"1\"")])
        XCTAssertEqual(cancelled.status, 200)
        let stale = try await house.send(.post, "/bookings/\(id)/cancel", as: house.admin, [("If-Match", "\"1\"")])
        XCTAssertEqual(stale.status, 412)
        let any = try await house.send(.post, "/bookings/\(id)/cancel", as: house.admin, [("If-Match", "*")])
        XCTAssertEqual(any.status, 200)
    }

    func test_history_replays_to_the_booking() async throws {
        let house = try await House.open { $0.initialStatus = .pending }
        let id = try await house.book()
        _ = try await house.send(.post, "/bookings/\(id)/confirm", as: house.admin)
        let moved = try await house.send(
            .post, "/bookings/\(id)/reschedule", as: house.admin,
            body: #"{"start_time":"\#(House.at(3))","end_time":"\#(House.at(4))"}"#)
        XCTAssertEqual(moved.status, 200, moved.text)
        let history = try await house.send(.get, "/bookings/\(id)/history", as: house.admin)
        XCTAssertEqual(
            history.elements("data").compactMap { $0["action"]?.string }, ["create", "confirm", "reschedule"])
        XCTAssertEqual(history.elements("data").first?["before"], .null)
        var replayed: [String: JSONValue] = [:]
        for entry in history.elements("data") {
            guard case .object(let changed)? = entry["after"] else { return XCTFail("after is no object") }
            for member in changed { replayed[member.name] = member.value }
        }
        guard case .object(let members) = moved.json else { return XCTFail("no booking") }
        XCTAssertEqual(replayed, Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.value) }))
    }

    func test_history_is_read_in_pages() async throws {
        let house = try await House.open()
        let id = try await house.book()
        for hour in [3, 4, 5] {
            let moved = try await house.send(
                .post, "/bookings/\(id)/reschedule", as: house.admin,
                body: #"{"start_time":"\#(House.at(Double(hour)))","end_time":"\#(House.at(Double(hour) + 1))"}"#)
            XCTAssertEqual(moved.status, 200, moved.text)
        }
        let path = "/bookings/\(id)/history"
        let whole = try await house.send(.get, path, as: house.admin)
        XCTAssertEqual(whole.json["meta"]?["next_cursor"], .null)
        let first = try await house.send(.get, path + "?limit=3", as: house.admin)
        let cursor = try XCTUnwrap(first.json["meta"]?["next_cursor"]?.string)
        let second = try await house.send(.get, path + "?limit=3&cursor=" + cursor, as: house.admin)
        XCTAssertEqual(second.json["meta"]?["next_cursor"], .null)
        XCTAssertEqual(first.elements("data") + second.elements("data"), whole.elements("data"))
        let other = try await house.book(from: 7, to: 8)
        for bad in ["?limit=0", "?limit=1001", "?cursor=x", "?cursor="] {
            let refused = try await house.send(.get, path + bad, as: house.admin)
            XCTAssertEqual(refused.status, 400, bad)
        }
        let foreign = try await house.send(.get, "/bookings/\(other)/history?cursor=" + cursor, as: house.admin)
        XCTAssertEqual(foreign.status, 400)
    }
}
