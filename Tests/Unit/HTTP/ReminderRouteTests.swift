import XCTest

@testable import Bookings

final class ReminderRouteTests: XCTestCase {
    /// An app with bookings after one, two and three hours, of which the first was reminded of.
    private func appWithReminders() async throws -> (TestApp, [String]) {
        let app = try await TestApp.open { $0.replicaName = "replica-a" }
        var ids: [String] = []
        for hour in 1...3 { ids.append(try await app.book(from: Double(hour), to: Double(hour) + 0.5)) }
        app.clock.advance(by: .seconds(50 * 60))
        _ = try await app.reminders.fireDue(at: app.clock.now(), limit: 10)
        return (app, ids)
    }

    func test_admins_read_reminders_with_their_outcomes_event_ids_and_replicas() async throws {
        let (app, ids) = try await appWithReminders()
        let page = try await app.send(.get, "/reminders", as: app.admin)
        XCTAssertEqual(page.elements("data").compactMap { $0["booking_id"]?.string }, ids)
        XCTAssertEqual(page.elements("data").compactMap { $0["outcome"]?.string }, ["fired", "waiting", "waiting"])
        XCTAssertEqual(
            page.elements("data").map { $0["recorded_by"] }, [.string("replica-a"), JSONValue.null, JSONValue.null])
        let fired = try XCTUnwrap(page.elements("data").first)
        XCTAssertEqual(fired["due_at"]?.string, TestApp.at(1 - 1.0 / 6))
        XCTAssertEqual(fired["recorded_at"]?.string, TestApp.at(1 - 1.0 / 6))
        XCTAssertEqual(fired["start_time"]?.string, TestApp.at(1))
        XCTAssertEqual(fired["minutes_before"]?.double, 10)
        let events = try await app.send(.get, "/events", as: app.admin).elements("data")
        XCTAssertEqual(events.last?["data"]?["event"]?["id"], fired["event_id"])
        XCTAssertEqual(page.meta("next_cursor"), .null)
    }

    func test_filters_select_reminders_and_cursors_are_bound_to_them() async throws {
        let (app, ids) = try await appWithReminders()
        let cases: [(query: String, bookings: [String])] = [
            ("outcome=fired", [ids[0]]), ("outcome=waiting&outcome=missed", [ids[1], ids[2]]), ("outcome=late", []),
            ("booking_id=\(ids[2])", [ids[2]]), ("provider_id=\(TestApp.provider)", ids),
            ("provider_id=\(TestApp.otherProvider)", []),
            ("from=\(TestApp.at(1.5))&to=\(TestApp.at(2))", [ids[1]]),
        ]
        for (query, bookings) in cases {
            let page = try await app.send(.get, "/reminders?\(query)", as: app.admin)
            XCTAssertEqual(page.elements("data").compactMap { $0["booking_id"]?.string }, bookings, query)
        }
        let first = try await app.send(.get, "/reminders?limit=2", as: app.admin)
        let cursor = try XCTUnwrap(first.meta("next_cursor")?.string)
        let second = try await app.send(.get, "/reminders?limit=2&cursor=\(cursor)", as: app.admin)
        XCTAssertEqual(second.elements("data").compactMap { $0["booking_id"]?.string }, [ids[2]])
        let other = app.token("other", "admin")
        for (path, token) in [("&outcome=fired", app.admin), ("", other)] {
            let refused = try await app.send(.get, "/reminders?cursor=\(cursor)\(path)", as: token)
            XCTAssertEqual(refused.pointers, ["/query/cursor"])
        }
    }

    func test_every_error_of_a_query_is_named() async throws {
        let app = try await TestApp.open()
        let refused = try await app.send(
            .get, "/reminders?outcome=lost&provider_id=1&booking_id=2&from=3&to=4&limit=101&cursor=5", as: app.admin)
        XCTAssertEqual(refused.status, 400)
        XCTAssertEqual(
            refused.pointers,
            ["booking_id", "cursor", "from", "limit", "outcome", "provider_id", "to"].map { "/query/\($0)" })
    }

    func test_only_admins_read_and_replay_reminders() async throws {
        let (app, _) = try await appWithReminders()
        let tokens = [
            app.token("ann", "customer"), app.token(TestApp.provider, "provider"),
            app.token("ann", "customer", "provider"),
        ]
        for token in tokens {
            let list = try await app.send(.get, "/reminders", as: token)
            let replay = try await app.send(.post, "/reminders/\(TestApp.unknownID)/replay", as: token)
            XCTAssertEqual([list.status, replay.status], [403, 403])
        }
        let anonymous = try await app.send(.get, "/reminders")
        XCTAssertEqual(anonymous.status, 401)
    }

    func test_a_replay_announces_the_same_event_with_another_cursor() async throws {
        let (app, ids) = try await appWithReminders()
        let page = try await app.send(.get, "/reminders", as: app.admin)
        let id = try XCTUnwrap(page.elements("data").first?["event_id"]?.string)
        app.clock.advance(by: .seconds(60))
        let replay = try await app.send(.post, "/reminders/\(id)/replay", as: app.admin)
        XCTAssertEqual(replay.status, 200)
        XCTAssertEqual(replay.json, page.elements("data").first)
        let events = try await app.send(.get, "/events", as: app.admin).elements("data").suffix(2).map { $0["data"] }
        XCTAssertEqual(events.map { $0?["booking_id"]?.string }, [ids[0], ids[0]])
        XCTAssertEqual(events.map { $0?["event"]?["id"]?.string }, [id, id])
        XCTAssertEqual(events[0]?["event"]?["occurred_at"], events[1]?["event"]?["occurred_at"])
        XCTAssertNotEqual(events[0]?["event"]?["cursor"], events[1]?["event"]?["cursor"])
        let again = try await app.send(.get, "/reminders", as: app.admin)
        XCTAssertEqual(again.body, page.body)
    }

    func test_a_replay_with_an_idempotency_key_is_announced_once() async throws {
        let (app, _) = try await appWithReminders()
        let page = try await app.send(.get, "/reminders", as: app.admin)
        let id = try XCTUnwrap(page.elements("data").first?["event_id"]?.string)
        let key = [("Idempotency-Key", "k")]
        let first = try await app.send(.post, "/reminders/\(id)/replay", as: app.admin, key)
        let count = try await app.send(.get, "/events", as: app.admin).elements("data").count
        let second = try await app.send(.post, "/reminders/\(id)/replay", as: app.admin, key)
        XCTAssertEqual(second.body, first.body)
        XCTAssertEqual(second.header("Idempotency-Replayed"), "true")
        let unchanged = try await app.send(.get, "/events", as: app.admin).elements("data").count
        XCTAssertEqual(unchanged, count)
    }

    func test_what_cannot_be_announced_is_refused_with_its_reason() async throws {
        let (app, ids) = try await appWithReminders()
        let entries = try await app.send(.get, "/reminders", as: app.admin).elements("data")
        let id = { (index: Int) in entries[index]["event_id"]?.string ?? "" }
        _ = try await app.send(.post, "/bookings/\(ids[0])/cancel", as: app.admin)
        let cases: [(path: String, body: String?, status: Int)] = [
            (id(0), nil, 409), (id(1), nil, 404), (TestApp.unknownID, nil, 404), ("x", nil, 404),
            (id(0), #"{"a":1}"#, 400),
        ]
        for (path, body, status) in cases {
            let answer = try await app.send(.post, "/reminders/\(path)/replay", as: app.admin, body: body)
            XCTAssertEqual(answer.status, status, "\(path): \(answer.text)")
        }
    }
}
