import XCTest

@testable import Bookings

final class ProblemTests: XCTestCase {
    func test_an_unknown_path_returns_404_without_authentication() async throws {
        let app = try await TestApp.open()
        for path in [
            "/nothing", "/bookings/", "/bookings/\(TestApp.unknownID)/", "/bookings/a/b/c", "/Bookings", "/health/",
            "//",
        ] {
            let answer = try await app.send(.get, path)
            XCTAssertEqual(answer.status, 404, path)
            XCTAssertEqual(answer.slug, "not-found")
            XCTAssertEqual(answer.header("Content-Type"), "application/problem+json")
            XCTAssertEqual(answer.text(at: "instance"), path)
            XCTAssertEqual(answer.text(at: "request_id"), answer.header("X-Request-ID"))
        }
    }

    func test_a_method_that_is_not_allowed_returns_405_with_the_allowed_methods() async throws {
        let app = try await TestApp.open()
        let table: [(String, String)] = [
            ("/bookings", "GET, HEAD, POST"), ("/bookings/upcoming", "GET, HEAD"), ("/auth/token", "POST"),
            ("/bookings/\(TestApp.unknownID)/cancel", "POST"), ("/health", "GET, HEAD"),
        ]
        for (path, allow) in table {
            let answer = try await app.send(.delete, path)
            XCTAssertEqual(answer.status, 405, path)
            XCTAssertEqual(answer.slug, "method-not-allowed")
            XCTAssertEqual(answer.header("Allow"), allow)
        }
    }

    func test_missing_invalid_and_duplicate_credentials_are_rejected() async throws {
        let app = try await TestApp.open()
        let missing = try await app.send(.get, "/bookings/upcoming")
        XCTAssertEqual(missing.status, 401)
        XCTAssertEqual(missing.header("WWW-Authenticate"), #"Bearer realm="bookings""#)
        let bad = try await app.send(.get, "/bookings/upcoming", as: "nonsense")
        XCTAssertEqual(bad.status, 401)
        XCTAssertEqual(bad.header("WWW-Authenticate"), #"Bearer realm="bookings", error="invalid_token""#)
        let two = try await app.send(.get, "/bookings/upcoming", as: app.admin, [("Authorization", "Bearer x")])
        XCTAssertEqual(two.status, 400)
        XCTAssertEqual(two.pointers, ["/header/authorization"])
        let query = try await app.send(.get, "/bookings/upcoming?token=\(app.admin)&access_token=\(app.admin)")
        XCTAssertEqual(query.status, 401)
        app.clock.advance(by: .seconds(-3700))
        let late = app.admin
        app.clock.advance(by: .seconds(3700))
        let expired = try await app.send(.get, "/bookings/upcoming", as: late)
        XCTAssertEqual(expired.status, 401)
    }

    func test_bodies_that_are_too_large_of_another_type_or_not_json_are_rejected() async throws {
        let app = try await TestApp.open()
        let large = "{\"x\":\"" + String(repeating: "a", count: 65_536) + "\"}"
        let table: [(String, [(String, String)], Int, String)] = [
            (large, [], 413, "payload-too-large"),
            (TestApp.body(), [("Content-Type", "text/plain")], 415, "unsupported-media-type"),
            ("{", [], 400, "validation"), ("", [], 400, "validation"), ("[]", [], 400, "validation"),
            ("\u{feff}{}", [], 400, "validation"), (#"{"a":"\ud800"}"#, [], 400, "validation"),
            (String(repeating: "[", count: 65) + String(repeating: "]", count: 65), [], 400, "validation"),
        ]
        for (body, headers, status, slug) in table {
            let answer = try await app.send(.post, "/bookings", as: app.admin, headers, body: body)
            XCTAssertEqual(answer.status, status, String(body.prefix(80)))
            XCTAssertEqual(answer.slug, slug)
        }
    }

    func test_a_valid_request_id_is_kept_and_an_invalid_one_replaced() async throws {
        let app = try await TestApp.open()
        let good = try await app.send(.get, "/health", [("X-Request-ID", "mine-1")])
        XCTAssertEqual(good.header("X-Request-ID"), "mine-1")
        for bad in ["", "two words", String(repeating: "x", count: 129)] {
            let made = try await app.send(.get, "/health", [("X-Request-ID", bad)])
            XCTAssertNotNil(made.header("X-Request-ID").flatMap { BookingID($0) }, bad)
        }
    }

    func test_at_most_20_errors_are_listed_and_the_others_counted() async throws {
        let app = try await TestApp.open()
        let members = (0..<5000).map { #""\#($0)":0"# }.joined(separator: ",")
        let answer = try await app.send(.post, "/bookings", as: app.admin, body: "{\(members)}")
        XCTAssertEqual(answer.status, 400)
        XCTAssertEqual(answer.elements("errors").count, 20)
        XCTAssertEqual(answer.json["more_errors"], .number("4984"), "Four members are missing as well.")
        XCTAssertLessThan(answer.text.utf8.count, 4096)
    }
}
