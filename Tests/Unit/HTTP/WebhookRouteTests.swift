import HTTPTypes
import TestSupport
import XCTest

@testable import Bookings

/// The routes by which owners manage their webhooks.
final class WebhookRouteTests: XCTestCase {
    private let body = #"{"url":"https://example.org/hook"}"#

    private func provider(_ app: TestApp, _ id: String = TestApp.provider) -> String { app.token(id, "provider") }

    /// Adds a webhook of the provider and returns its id.
    private func add(_ app: TestApp, as token: String? = nil, _ body: String? = nil) async throws -> String {
        let answer = try await app.send(.post, "/webhooks", as: token ?? provider(app), body: body ?? self.body)
        XCTAssertEqual(answer.status, 201, answer.text)
        return answer.text(at: "id")
    }

    func test_a_new_webhook_shows_its_secret_once() async throws {
        let app = try await TestApp.open()
        let answer = try await app.send(.post, "/webhooks", as: provider(app), body: body)
        XCTAssertEqual(answer.status, 201)
        XCTAssertEqual(answer.header("Location"), "/webhooks/\(answer.text(at: "id"))")
        XCTAssertEqual(answer.header("Cache-Control"), "no-store")
        XCTAssertEqual(answer.text(at: "state"), "active")
        XCTAssertEqual(answer.text(at: "ordering"), "booking")
        XCTAssertEqual(answer.text(at: "provider_id"), TestApp.provider)
        XCTAssertEqual(answer.elements("events").count, EventName.allCases.count)
        XCTAssertEqual(
            Base64URL.decode(
                paddedOrNot: String(
                    answer.text(at: "secret").dropFirst(6).replacing("+", with: "-").replacing("/", with: "_")))?.count,
            32)
        let read = try await app.send(.get, "/webhooks/\(answer.text(at: "id"))", as: provider(app))
        XCTAssertEqual(read.status, 200)
        XCTAssertNil(read.json["secret"])
        XCTAssertEqual(read.json["lag"], .number("0"))
        XCTAssertEqual(read.json["last_success_at"], .null)
        let list = try await app.send(.get, "/webhooks", as: provider(app))
        XCTAssertEqual(list.elements("data"), [read.json])
    }

    func test_each_role_manages_what_the_contract_permits() async throws {
        let app = try await TestApp.open()
        let own = try await add(app)
        let all = try await add(app, as: app.admin)
        let table: [(String, token: String, Int, Int)] = [
            ("provider", provider(app), 200, 404), ("other provider", provider(app, TestApp.otherProvider), 404, 404),
            ("admin", app.admin, 200, 200), ("customer", app.token("ann", "customer"), 403, 403),
            ("provider without an id", app.token("paul", "provider"), 403, 403),
        ]
        for (name, token, ofProvider, ofAll) in table {
            for (id, expected) in [(own, ofProvider), (all, ofAll)] {
                for (method, path, body) in [
                    (.get, "", nil), (.get, "/deliveries", nil), (.patch, "", #"{"state":"active"}"#),
                    (.post, "/rotate-secret", nil),
                ] as [(HTTPRequest.Method, String, String?)] {
                    let answer = try await app.send(method, "/webhooks/\(id)\(path)", as: token, body: body)
                    XCTAssertEqual(answer.status, expected, "\(name) \(method) \(path)")
                }
            }
        }
        let foreign = try await app.send(
            .post, "/webhooks", as: provider(app, TestApp.otherProvider),
            body: #"{"url":"https://a/","provider_id":"\#(TestApp.provider)"}"#)
        XCTAssertEqual(foreign.status, 403)
        let customers = try await app.send(.post, "/webhooks", as: app.token("ann", "customer"), body: body)
        XCTAssertEqual(customers.status, 403)
        for id in ["x", TestApp.unknownID] {
            let answer = try await app.send(.delete, "/webhooks/\(id)", as: app.admin)
            XCTAssertEqual(answer.status, 404)
        }
        for status in [204, 404] {
            let answer = try await app.send(.delete, "/webhooks/\(own)", as: provider(app))
            XCTAssertEqual(answer.status, status)
        }
    }

    func test_an_owner_has_at_most_twenty_webhooks() async throws {
        let app = try await TestApp.open()
        for _ in 0..<20 { _ = try await add(app) }
        let refused = try await app.send(.post, "/webhooks", as: provider(app), body: body)
        XCTAssertEqual(refused.status, 409)
        XCTAssertEqual(refused.slug, "too-many-webhooks")
        _ = try await add(app, as: provider(app, TestApp.otherProvider))
        var ids: [String] = []
        var cursor: String?
        repeat {
            let query = cursor.map { "&cursor=\($0)" } ?? ""
            let page = try await app.send(.get, "/webhooks?limit=8\(query)", as: provider(app))
            ids += page.ids
            cursor = page.meta("next_cursor")?.string
        } while cursor != nil
        XCTAssertEqual(Set(ids).count, 20)
    }

    func test_invalid_members_are_named() async throws {
        let app = try await TestApp.open()
        let table: [(String, [String])] = [
            ("{}", ["/url"]), (#"{"url":"ftp://a"}"#, ["/url"]), (#"{"url":"https://u@a/"}"#, ["/url"]),
            (#"{"url":"https://a/","events":[]}"#, ["/events"]),
            (#"{"url":"https://a/","events":["booking.created","x"]}"#, ["/events"]),
            (#"{"url":"https://a/","events":"x"}"#, ["/events"]),
            (
                #"{"url":1,"ordering":"none","provider_id":"x","more":1}"#,
                ["/more", "/ordering", "/provider_id", "/url"]
            ),
        ]
        for (body, pointers) in table {
            let answer = try await app.send(.post, "/webhooks", as: app.admin, body: body)
            XCTAssertEqual(answer.status, 400, body)
            XCTAssertEqual(answer.pointers, pointers, body)
        }
        let id = try await add(app)
        let state = try await app.send(.patch, "/webhooks/\(id)", as: app.admin, body: #"{"state":"stalled"}"#)
        XCTAssertEqual(state.pointers, ["/state"])
        for (body, pointer) in [
            ("{}", "/after"), (#"{"after":"x"}"#, "/after"), (#"{"from":"x"}"#, "/from"),
            (#"{"after":"x","from":"2030-01-01T00:00:00Z"}"#, "/from"),
        ] {
            let answer = try await app.send(.post, "/webhooks/\(id)/replay", as: app.admin, body: body)
            XCTAssertEqual(answer.pointers, [pointer], body)
        }
        for query in ["status=200", "limit=0", "cursor=x"] {
            let answer = try await app.send(.get, "/webhooks/\(id)/deliveries?\(query)", as: app.admin)
            XCTAssertEqual(answer.status, 400, query)
        }
    }

    func test_production_refuses_urls_without_tls_and_of_private_addresses() async throws {
        let app = try await TestApp.open { $0.environment = .production }
        for (url, status) in [
            ("http://example.org/", 400), ("https://10.0.0.1/", 400), ("https://[::1]/", 400),
            ("https://[::ffff:127.0.0.1]/", 400), ("https://169.254.169.254/latest", 400),
            ("https://example.org/", 201),
        ] {
            let answer = try await app.send(.post, "/webhooks", as: app.admin, body: #"{"url":"\#(url)"}"#)
            XCTAssertEqual(answer.status, status, url)
        }
    }

    func test_a_change_pauses_resumes_and_edits_a_webhook() async throws {
        let app = try await TestApp.open()
        let id = try await add(app)
        for (body, member, value) in [
            (#"{"state":"paused"}"#, "state", "paused"), (#"{"url":"http://b:8080/x"}"#, "url", "http://b:8080/x"),
            (#"{"state":"active"}"#, "state", "active"), ("{}", "url", "http://b:8080/x"),
        ] {
            let answer = try await app.send(.patch, "/webhooks/\(id)", as: provider(app), body: body)
            XCTAssertEqual(answer.status, 200)
            XCTAssertEqual(answer.text(at: member), value)
        }
        let filtered = try await app.send(
            .patch, "/webhooks/\(id)", as: provider(app), body: #"{"events":["booking.reminder"]}"#)
        XCTAssertEqual(filtered.elements("events"), [.string("booking.reminder")])
    }

    func test_a_replay_begins_at_a_cursor_or_an_instant() async throws {
        let app = try await TestApp.open()
        let id = try await add(app)
        let start = try await app.send(.get, "/webhooks/\(id)", as: app.admin).text(at: "cursor")
        _ = try await app.book()
        app.clock.advance(by: .seconds(3))
        let later = try await app.send(.get, "/webhooks/\(id)", as: app.admin)
        XCTAssertEqual(later.json["lag"], .number("3"), "one event waits")
        let byCursor = try await app.send(
            .post, "/webhooks/\(id)/replay", as: app.admin, body: #"{"after":"\#(start)"}"#)
        XCTAssertEqual(byCursor.status, 202)
        XCTAssertEqual(byCursor.text(at: "cursor"), start)
        let byTime = try await app.send(
            .post, "/webhooks/\(id)/replay", as: app.admin, body: #"{"from":"\#(TestApp.at(1))"}"#)
        XCTAssertEqual(byTime.text(at: "cursor"), start, "what was not delivered before it is not skipped")
        XCTAssertEqual(byTime.json["lag"], .number("3"))
        let end = try await app.send(.get, "/events", as: app.admin).json["meta"]?["next"]?.string ?? ""
        let ahead = try await app.send(
            .post, "/webhooks/\(id)/replay", as: app.admin, body: #"{"after":"\#(end)"}"#)
        XCTAssertEqual(ahead.text(at: "cursor"), end, "a cursor is exact")
        XCTAssertEqual(ahead.json["lag"], .number("0"))
        app.clock.advance(by: .seconds(700_000))
        let tooOld = try await app.send(
            .post, "/webhooks/\(id)/replay", as: app.admin, body: #"{"after":"\#(start)"}"#)
        XCTAssertEqual(tooOld.status, 410)
    }

    func test_a_repeated_creation_and_rotation_show_the_same_secret() async throws {
        let app = try await TestApp.open { $0.secretsKey = [UInt8](repeating: 5, count: 32) }
        let key = [("Idempotency-Key", "k1")]
        let first = try await app.send(.post, "/webhooks", as: provider(app), key, body: body)
        let again = try await app.send(.post, "/webhooks", as: provider(app), key, body: body)
        XCTAssertEqual(again.body, first.body)
        XCTAssertEqual(again.header("Idempotency-Replayed"), "true")
        XCTAssertTrue(first.text(at: "secret").hasPrefix("whsec_"))
        let path = "/webhooks/\(first.text(at: "id"))/rotate-secret"
        let rotated = try await app.send(.post, path, as: provider(app), key)
        let repeated = try await app.send(.post, path, as: provider(app), key)
        XCTAssertEqual(rotated.body, repeated.body)
        XCTAssertNotEqual(rotated.text(at: "secret"), first.text(at: "secret"))
        let other = try await app.send(
            .post, "/webhooks", as: provider(app), key, body: #"{"url":"https://other.example/"}"#)
        XCTAssertEqual(other.status, 422)
        let list = try await app.send(.get, "/webhooks", as: provider(app))
        XCTAssertEqual(list.ids.count, 1)
    }

    func test_webhooks_can_be_turned_off() async throws {
        let app = try await TestApp.open { $0.webhooks = false }
        XCTAssertFalse(app.routes.contains { $0.template.hasPrefix("/webhooks") })
        let health = try await app.send(.get, "/health")
        XCTAssertNil(health.json["details"]?["webhooks"])
        let served = try await TestApp.open().send(.get, "/health")
        XCTAssertEqual(served.json["details"]?["webhooks"]?["stalled"], .number("0"))
    }
}
