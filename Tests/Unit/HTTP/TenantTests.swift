import HTTPTypes
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsSQLite

/// Two tenants share a service: no response to one contains data of the other.
final class TenantTests: XCTestCase {
    private let mine = "11111111-1111-4111-8111-111111111111"
    private let foreign = "22222222-2222-4222-8222-222222222222"

    func test_no_route_cursor_cache_or_error_reveals_a_row_of_another_tenant() async throws {
        let app = try await TestApp.open { $0.customerAccess = .own }
        let secrets = try await fill(app)
        let (ours, theirs) = (app.token(mine, "provider"), app.token(foreign, "provider"))
        let cursors = try await cursors(app, of: theirs)
        let id = secrets.id
        var paths = [
            "/bookings", "/bookings/upcoming", "/bookings/past", "/bookings?provider_id=\(foreign)",
            "/bookings?customer_id=theirs", "/bookings?status=confirmed&sort=-created_at", "/events", "/bookings/\(id)",
            "/bookings/\(id)/history", "/metrics", "/health",
        ]
        paths +=
            cursors.lists.map { "/bookings?cursor=\($0)" } + cursors.lists.map { "/bookings/upcoming?cursor=\($0)" }
        paths += cursors.events.map { "/events?after=\($0)" }
        let customer = app.token("ours", "customer")
        for token in [ours, customer] {
            // Twice, so that the second answer may come out of the cache that the other tenant filled.
            for path in paths + paths {
                _ = try await app.send(.get, "/bookings/upcoming", as: theirs)
                let answer = try await app.send(.get, path, as: token)
                for secret in secrets.texts where !path.contains(secret) {
                    XCTAssertFalse(answer.text.contains(secret), "\(path) shows \(secret): \(answer.text)")
                }
            }
        }
        for action in ["confirm", "decline", "cancel", "complete", "no-show"] {
            let answer = try await app.send(.post, "/bookings/\(id)/\(action)", as: ours)
            let nowhere = try await app.send(.post, "/bookings/\(TestApp.unknownID)/\(action)", as: ours)
            XCTAssertEqual(answer.status, 404)
            XCTAssertEqual(
                answer.text.replacing(id, with: TestApp.unknownID).replacing(answer.text(at: "request_id"), with: ""),
                nowhere.text.replacing(nowhere.text(at: "request_id"), with: ""))
        }
    }

    func test_customers_whose_names_differ_in_unicode_normalization_have_separate_cached_lists() async throws {
        let app = try await TestApp.open { $0.customerAccess = .own }
        _ = try await app.book(customer: "caf\u{e9}")
        let provider = app.token(mine, "provider")
        for (name, total) in [("caf%C3%A9", "1"), ("cafe%CC%81", "0"), ("caf%C3%A9", "1"), ("cafe%CC%81", "0")] {
            let page = try await app.send(.get, "/bookings?customer_id=\(name)", as: provider)
            XCTAssertEqual(page.meta("total"), .number(total), name)
        }
        for (sub, total) in [("caf\u{e9}", "1"), ("cafe\u{301}", "0"), ("caf\u{e9}", "1"), ("cafe\u{301}", "0")] {
            let page = try await app.send(.get, "/bookings", as: app.token(sub, "customer"))
            XCTAssertEqual(page.meta("total"), .number(total), sub)
        }
    }

    func test_a_conflict_reveals_times_only() async throws {
        let app = try await TestApp.open()
        _ = try await app.book(customer: "theirs")
        let answer = try await app.send(
            .post, "/bookings", as: app.token("ours", "customer"), body: TestApp.body())
        XCTAssertEqual(answer.slug, "slot-taken")
        XCTAssertFalse(answer.text.contains("theirs"))
        guard case .object(let members) = answer.json else { return XCTFail(answer.text) }
        XCTAssertEqual(
            Set(members.map(\.name)),
            ["type", "title", "status", "detail", "instance", "request_id", "blocking", "next_free"])
    }

    func test_an_idempotency_key_of_another_tenant_replays_nothing() async throws {
        let app = try await TestApp.open()
        let headers = [("Idempotency-Key", "the same")]
        let first = try await app.send(
            .post, "/bookings", as: app.token("theirs", "customer"), headers, body: TestApp.body())
        let second = try await app.send(
            .post, "/bookings", as: app.token("ours", "customer"), headers, body: TestApp.body(from: 3, to: 4))
        XCTAssertEqual([first.status, second.status], [201, 201])
        XCTAssertNotEqual(first.text(at: "id"), second.text(at: "id"))
        XCTAssertNil(second.header("Idempotency-Replayed"))
    }

    func test_the_media_type_of_a_stream_is_case_insensitive() async throws {
        let app = try await TestApp.open()
        for (accept, type) in [
            ("Text/Event-Stream", "text/event-stream"), ("text/html, text/event-stream;q=0.9", "text/event-stream"),
            ("application/json", "application/json"),
        ] {
            let answer = try await app.send(.head, "/events", as: app.admin, [("Accept", accept)])
            XCTAssertEqual(answer.status, 200)
            XCTAssertEqual(answer.header("Content-Type"), type, accept)
        }
    }

    func test_a_cursor_before_the_retained_events_returns_410() async throws {
        let app = try await TestApp.open { $0.eventRetention = .seconds(3600) }
        for hour in 0..<3 { _ = try await app.book(from: Double(hour) + 5, to: Double(hour) + 6) }
        let first = try await app.send(.get, "/events?limit=1", as: app.admin)
        let cursor = try XCTUnwrap(first.meta("next")?.string)
        app.clock.advance(by: .seconds(3601))
        let old = try await app.send(.get, "/events?after=\(cursor)", as: app.admin)
        XCTAssertEqual([old.status, old.slug == "gone" ? 1 : 0], [410, 1], old.text)
        let kept = try await app.send(.get, "/events", as: app.admin)
        XCTAssertEqual(kept.elements("data").count, 0)
        XCTAssertNotNil(kept.meta("next")?.string)
    }

    // MARK: - Data of the other tenant

    private func fill(_ app: TestApp) async throws -> (id: String, texts: [String]) {
        var ids: [String] = []
        for number in 0..<4 {
            ids.append(
                try await app.book(
                    provider: foreign, customer: "theirs", from: Double(number) + 1, to: Double(number) + 2))
        }
        _ = try await app.book(provider: mine, customer: "ours")
        return (ids[0], ids + ["theirs", foreign])
    }

    private func cursors(_ app: TestApp, of token: String) async throws -> (lists: [String], events: [String]) {
        var lists: [String] = []
        for path in ["/bookings?limit=1", "/bookings/upcoming?limit=1"] {
            let page = try await app.send(.get, path, as: token)
            lists.append(try XCTUnwrap(page.meta("next_cursor")?.string))
        }
        let events = try await app.send(.get, "/events?limit=1", as: token)
        return (lists, [try XCTUnwrap(events.meta("next")?.string)])
    }
}
