import NIOCore
import XCTest

@testable import Bookings
@testable import LoadTest

final class LoadTargetTests: XCTestCase {
    func test_a_target_is_a_url_with_an_optional_path() throws {
        for (text, description) in [
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000"), ("http://127.0.0.1:3000/", "http://127.0.0.1:3000"),
            ("https://bookings.example/api/v1/", "https://bookings.example:443/api/v1"),
            ("http://[::1]:80/a", "http://[::1]:80/a"),
        ] {
            XCTAssertEqual(LoadTarget(argument: text)?.description, description)
        }
        for text in ["", "127.0.0.1:3000", "ftp://host", "http://host?x=1", "http://host/a?x=1", "http://host/a b"] {
            XCTAssertNil(LoadTarget(argument: text), text)
        }
    }

    func test_a_header_is_a_name_and_a_value() {
        XCTAssertEqual(LoadHeader(argument: "X-Tenant: 7")?.description, "X-Tenant: 7")
        XCTAssertEqual(LoadHeader(argument: "X-Empty:")?.description, "X-Empty: ")
        for text in ["", "X", ": 7", "X Y: 7", "X: 7\r\nZ: 8", "Host: x", "authorization: x"] {
            XCTAssertNil(LoadHeader(argument: text), text)
        }
    }

    func test_requests_have_the_prefix_and_the_headers() throws {
        var target = try XCTUnwrap(LoadTarget(argument: "http://127.0.0.1:3000/api"))
        target.headers = [try XCTUnwrap(LoadHeader(argument: "X-Tenant: 7"))]
        let provider = ProviderID(high: 1, low: 2)
        let requests = RequestTemplates(target: target, provider: provider, token: "t")
        XCTAssertEqual(
            String(buffer: requests.get(BookingID(high: 0, low: 9))),
            "GET /api/bookings/00000000-0000-0000-0000-000000000009 HTTP/1.1\r\nHost: 127.0.0.1:3000\r\n"
                + "Authorization: Bearer t\r\nX-Tenant: 7\r\n\r\n")
        let create = String(
            buffer: requests.create(ServiceID(high: 0, low: 1), TimeSpan(.earliest, lasting: .seconds(1))))
        let parts = create.split(separator: "\r\n\r\n")
        XCTAssertTrue(create.hasPrefix("POST /api/bookings HTTP/1.1\r\n"))
        XCTAssertTrue(parts[0].hasSuffix("Content-Length: \(parts[1].utf8.count)"))
        XCTAssertEqual(try JSONValue.parse(Array(parts[1].utf8))["end_time"]?.string, "1970-01-01T00:00:01.000Z")
    }

    func test_a_data_file_has_a_provider_a_line_and_perhaps_its_token() throws {
        let id = "11111111-1111-4111-8111-111111111111"
        let other = "22222222-2222-4222-8222-222222222222"
        let users = try LoadUser.parse("# users\n\(id)\r\n\n\(other),a.b.c\n")
        XCTAssertEqual(users.map(\.provider.description), [id, other])
        XCTAssertEqual(users.map(\.token), [nil, "a.b.c"])
        for (text, message) in [
            ("x", "line 1: x is not a valid UUID"), ("\n\(id),", "line 2: the token must be visible ASCII"),
            ("\(id)\n\(id)", "a provider is named twice"),
        ] {
            XCTAssertThrowsError(try LoadUser.parse(text)) { XCTAssertEqual("\($0)", message) }
        }
    }
}
