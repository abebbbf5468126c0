import HTTPTypes
import XCTest

@testable import Bookings
@testable import BookingsHTTP
@testable import BookingsSQLite

final class OperationsRouteTests: XCTestCase {
    func test_health_has_the_format_of_terminus() async throws {
        let app = try await TestApp.open()
        let answer = try await app.send(.get, "/health")
        XCTAssertEqual(answer.status, 200)
        XCTAssertEqual(answer.text(at: "status"), "ok")
        XCTAssertEqual(answer.json["details"]?["database"]?["status"], .string("up"))
        XCTAssertEqual(answer.json["info"]?["redis"]?["mode"], .string("in-process"))
        XCTAssertEqual(answer.json["details"]?["reminders"]?["lead_minutes"], .array([.number("10")]))
        XCTAssertEqual(answer.json["error"], .object([]))
        for path in ["/health/live", "/health/ready"] {
            let probe = try await app.send(.get, path)
            XCTAssertEqual(probe.status, 200, path)
            XCTAssertEqual(probe.header("Cache-Control"), "no-store", path)
        }
    }

    func test_metric_labels_contain_route_templates_and_no_client_data() async throws {
        let app = try await TestApp.open()
        let id = try await app.book()
        _ = try await app.send(.get, "/bookings/\(id)", as: app.admin)
        _ = try await app.send(.get, "/secret-path")
        _ = try await app.send(.init("BREW")!, "/bookings")
        let text = try await app.send(.get, "/metrics").text
        XCTAssertTrue(text.contains(#"route="/bookings/{id}""#), text)
        XCTAssertTrue(text.contains("bookings_created_total 1"), text)
        for word in ["secret-path", id, "BREW"] { XCTAssertFalse(text.contains(word), word) }
    }

    func test_cors_allows_the_configured_origins_only() async throws {
        let app = try await TestApp.open { $0.frontendOrigins = ["https://shop.example"] }
        let asked = [
            ("Origin", "https://shop.example"), ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "authorization, idempotency-key"),
        ]
        let preflight = try await app.send(.options, "/bookings", asked)
        XCTAssertEqual(preflight.status, 204)
        XCTAssertEqual(preflight.header("Access-Control-Allow-Origin"), "https://shop.example")
        XCTAssertTrue(preflight.header("Access-Control-Allow-Headers")?.contains("Idempotency-Key") ?? false)
        let problem = try await app.send(.get, "/nothing", [asked[0]])
        XCTAssertEqual(problem.header("Access-Control-Allow-Origin"), "https://shop.example")
        XCTAssertEqual(problem.header("Vary"), "Origin")
        for name in ["ETag", "Link", "Idempotency-Replayed", "RateLimit-Policy"] {
            XCTAssertTrue(problem.header("Access-Control-Expose-Headers")?.contains(name) ?? false, name)
        }
        for name in ["Cache-Control", "Last-Event-ID"] {
            XCTAssertTrue(preflight.header("Access-Control-Allow-Headers")?.contains(name) ?? false, name)
        }
        let foreign = try await app.send(.get, "/health", [("Origin", "https://evil.example")])
        XCTAssertNil(foreign.header("Access-Control-Allow-Origin"))
    }

    func test_a_socket_io_preflight_allows_the_headers_that_an_allowed_origin_requests() async throws {
        let cors = CORS(origins: ["https://shop.example"])
        func allowed(_ origin: String, _ asked: String, path: String = "/socket.io/?EIO=4") -> String? {
            let request = HTTPRequest(
                method: .options, scheme: nil, authority: nil, path: path,
                headerFields: [
                    .origin: origin, .accessControlRequestMethod: "GET", .accessControlRequestHeaders: asked,
                ])
            return cors.preflight(request)?.headers[.accessControlAllowHeaders]
        }
        XCTAssertEqual(allowed("https://shop.example", "x-tenant,authorization"), "x-tenant,authorization")
        for fixed in [
            allowed("https://evil.example", "x-tenant"), allowed("https://shop.example", "x tenant"),
            allowed("https://shop.example", "x-tenant", path: "/bookings"),
            allowed("https://shop.example", String(repeating: "x", count: 2000)),
        ] {
            XCTAssertTrue(fixed?.hasPrefix("Authorization, Cache-Control") ?? false, fixed ?? "")
        }
    }

    func test_requests_beyond_the_rate_limit_return_429_with_retry_after() async throws {
        let app = try await TestApp.open { $0.rateLimit = RateLimit(requests: 2, window: .seconds(60)) }
        for left in [1, 0] {
            let answer = try await app.send(.get, "/bookings", as: app.admin)
            XCTAssertEqual(answer.status, 200)
            XCTAssertEqual(answer.header("RateLimit-Policy"), #""default";q=2;w=60"#)
            XCTAssertEqual(answer.header("RateLimit"), "\"default\";r=\(left);t=60")
        }
        let limited = try await app.send(.get, "/bookings", as: app.admin)
        XCTAssertEqual(limited.status, 429)
        XCTAssertEqual(limited.slug, "rate-limited")
        XCTAssertEqual(limited.header("Retry-After"), "60")
        let other = try await app.send(.get, "/bookings", as: app.token("other", "admin"))
        XCTAssertEqual(other.status, 200)
        let probe = try await app.send(.get, "/health")
        XCTAssertNil(probe.header("RateLimit"))
        let roleless = try await app.send(.get, "/bookings", as: app.token("guest", "guest"))
        XCTAssertEqual(roleless.status, 403)
        XCTAssertEqual(roleless.header("RateLimit"), #""default";r=1;t=60"#)
        app.clock.advance(by: .seconds(60))
        let later = try await app.send(.get, "/bookings", as: app.admin)
        XCTAssertEqual(later.status, 200)
    }

    func test_tokens_are_issued_in_development_but_not_in_production() async throws {
        let app = try await TestApp.open()
        let made = try await app.send(.post, "/auth/token", body: #"{"sub":"ann","roles":["customer"]}"#)
        XCTAssertEqual(made.status, 200)
        XCTAssertEqual(made.header("Cache-Control"), "no-store")
        XCTAssertEqual(made.json["expires_in"], .number("3600"))
        let used = try await app.send(.get, "/events", as: made.text(at: "access_token"))
        XCTAssertEqual(used.status, 200)
        let bad = try await app.send(.post, "/auth/token", body: #"{"sub":"","roles":[1],"ttl_seconds":0,"x":1}"#)
        XCTAssertEqual(bad.pointers, ["/roles", "/sub", "/ttl_seconds", "/x"])
        for roles in [#"[]"#, #"["guest"]"#, #"["Admin","\u212aing"]"#] {
            let answer = try await app.send(.post, "/auth/token", body: #"{"sub":"ann","roles":\#(roles)}"#)
            XCTAssertEqual(answer.status, 400, roles)
            XCTAssertEqual(answer.pointers, ["/roles"])
        }
        let mixed = try await app.send(.post, "/auth/token", body: #"{"sub":"ann","roles":["guest","admin"]}"#)
        XCTAssertEqual(mixed.status, 200)
        let production = try await TestApp.open { $0.environment = .production }
        for path in ["/auth/token", "/"] {
            let absent = try await production.send(.post, path, body: "{}")
            XCTAssertEqual(absent.status, 404)
        }
    }

    func test_no_request_stays_in_flight_after_its_response() async throws {
        let app = try await TestApp.open()
        _ = try await app.send(.get, "/health")
        _ = try await app.send(.get, "/nothing")
        XCTAssertTrue(app.inFlightWork.isIdle, app.inFlightWork.snapshot().description)
    }
}
