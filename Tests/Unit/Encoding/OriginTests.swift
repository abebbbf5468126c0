import XCTest

@testable import Bookings
@testable import BookingsHTTP

final class OriginTests: XCTestCase {
    func test_an_origin_is_normalized_as_browsers_do() {
        let table: [(String, String?)] = [
            ("http://localhost:3001", "http://localhost:3001"), ("HTTP://LocalHost:3001/", "http://localhost:3001"),
            ("http://a:80", "http://a"), ("https://a:443", "https://a"), ("https://a:80", "https://a:80"),
            ("http://a:443", "http://a:443"), ("http://a:", "http://a"), ("http://a:0080", "http://a"),
            ("https://a.example.", "https://a.example."), ("http://a_b", "http://a_b"),
            ("https://b\u{fc}cher.example", "https://xn--bcher-kva.example"),
            ("https://B\u{dc}CHER.example", "https://xn--bcher-kva.example"),
            ("https://stra\u{df}e.de", "https://xn--strae-oqa.de"),
            ("https://\u{4f8b}\u{3048}.jp", "https://xn--r8jz45g.jp"),
            ("https://\u{43f}\u{440}\u{438}\u{43c}\u{435}\u{440}", "https://xn--e1afmkfd"),
            ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000"), ("http://[::1]:80", "http://[::1]"),
            ("http://[0:0:0:0:0:0:0:1]", "http://[::1]"), ("http://[2001:DB8::0:1]:8080", "http://[2001:db8::1]:8080"),
            ("http://[1:0:0:2:0:0:0:3]", "http://[1:0:0:2::3]"), ("http://[::ffff:1.2.3.4]", "http://[::ffff:102:304]"),
            ("http://[::]", "http://[::]"), ("http://[1:2:3:4:5:6:7:8]", "http://[1:2:3:4:5:6:7:8]"),
            ("http://[1:2:3:4:5:6:0:8]", "http://[1:2:3:4:5:6:0:8]"),
            ("", nil), ("null", nil), ("*", nil), ("http://*", nil), ("localhost", nil), ("ftp://a", nil),
            ("http:a", nil),
            ("http://", nil), ("http:///", nil), ("http://a/b", nil), ("http://a//", nil), ("http://a?b", nil),
            ("http://a#b", nil), ("http://u@a", nil), ("http://u:p@a", nil), ("http://a:b", nil), ("http://a:0", nil),
            ("http://a:65536", nil), ("http://a:1:2", nil), ("http://a b", nil), ("http://a..b", nil),
            ("http://.", nil),
            ("http://[::1", nil), ("http://[::1]x", nil), ("http://[fe80::1%25eth0]", nil), ("http://1.2.3", nil),
            ("http://1.2.3.256", nil), ("http://0x7f.1", nil), ("http://01.2.3.4", nil), ("http://a%41", nil),
            ("http://cafe\u{301}.example", nil), ("http://\u{ff41}.example", nil), ("http://a\u{200d}b", nil),
            ("http://\(String(repeating: "a", count: 64))", nil), ("file://", nil), ("chrome-extension://abc", nil),
        ]
        for (text, expected) in table { XCTAssertEqual(Origin(text)?.serialized.text, expected, text) }
    }

    func test_the_origin_of_a_request_is_compared_by_bytes() {
        let allowed = AllowedOrigins(["HTTPS://Shop.example:443", "http://caf\u{e9}.example"])
        for (header, isAllowed) in [
            ("https://shop.example", true), ("https://Shop.example", false), ("https://shop.example:443", false),
            ("https://shop.example/", false), ("http://shop.example", false), ("https://u@shop.example", false),
            ("https://shop.example.evil", false), ("http://xn--caf-dma.example", true),
            ("http://caf\u{e9}.example", false),
            ("https://shop.example, https://evil.example", false), ("https://shop.\u{212a}", false), ("null", false),
        ] {
            XCTAssertEqual(allowed.allow(header: header), isAllowed, header)
        }
    }

    func test_the_origin_of_the_server_has_the_host_of_the_request() {
        for (header, host, isOwn) in [
            ("http://a", "a", true), ("http://a", "a:80", true), ("https://a", "a", true), ("https://a", "a:443", true),
            ("http://a:8080", "a:8080", true), ("https://a", "a:80", false), ("http://a:8080", "a", false),
            ("http://a", "A", true), ("http://[::1]:3000", "[::1]:3000", true), ("http://b", "a", false),
            ("http://a", "u@a", false), ("http://a", "a/b", false), ("http://a", "a/", false), ("http://a", "", false),
        ] {
            XCTAssertEqual(Origin(header: header)?.isServed(asHost: host), isOwn, "\(header) \(host)")
        }
    }
}
