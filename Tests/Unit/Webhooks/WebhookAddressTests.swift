import XCTest

@testable import Bookings

/// The URLs and the addresses that webhooks may have.
final class WebhookAddressTests: XCTestCase {
    func test_urls_are_read_strictly() {
        for (text, normal) in [
            ("https://Example.org", "https://example.org/"), ("HTTP://a:8080/x?y=1", "http://a:8080/x?y=1"),
            ("https://[2001:DB8::1]:8443/", "https://[2001:db8::1]:8443/"), ("https://a?x", "https://a/?x"),
            ("https://127.1/", "https://127.1/"),
        ] {
            XCTAssertEqual(WebhookURL(text)?.description, normal)
        }
        for text in [
            "", "https://", "ftp://a/", "//a/", "https:///x", "https://a b/", "https://user@a/", "https://a:b@c/",
            "https://a/#f", "https://a:0/", "https://a:65536/", "https://a:/", "https://[::1/", "https://[::1]x/",
            "https://ä/", "https://a%2e/", "https://a\\@b/", "https://a/\u{7f}", "https://a/<", "https://[::1%25eth0]/",
            "https://" + String(repeating: "a", count: 254) + "/", "https://a/" + String(repeating: "x", count: 2048),
        ] {
            XCTAssertNil(WebhookURL(text), text)
        }
    }

    func test_addresses_are_read_as_their_standards_have_them() {
        for (text, bytes) in [
            ("1.2.3.4", [1, 2, 3, 4]), ("::ffff:1.2.3.4", [1, 2, 3, 4]), ("::ffff:102:304", [1, 2, 3, 4]),
            ("::1.2.3.4", [1, 2, 3, 4]), ("64:ff9b::1.2.3.4", [1, 2, 3, 4]), ("2002:102:304::1", [1, 2, 3, 4]),
            ("::", [UInt8](repeating: 0, count: 16)), ("::1", [UInt8](repeating: 0, count: 15) + [1]),
            ("fe80::1:2", [0xfe, 0x80] + [UInt8](repeating: 0, count: 11) + [1, 0, 2]),
        ] as [(String, [UInt8])] {
            XCTAssertEqual(IPAddress(text)?.bytes, bytes, text)
        }
        for text in [
            "", "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "1:2", ":::", "1::2::3", "g::", "12345::", "1.2.3.4::",
        ] {
            XCTAssertNil(IPAddress(text), text)
        }
    }

    func test_ranges_contain_the_addresses_with_their_prefix() {
        for (range, address, isIn) in [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false),
            ("172.16.0.0/12", "172.31.0.1", true),
            ("172.16.0.0/12", "172.32.0.1", false), ("1.2.3.4", "1.2.3.4", true), ("1.2.3.4", "1.2.3.5", false),
            ("0.0.0.0/0", "9.9.9.9", true), ("fc00::/7", "fdff::1", true), ("fc00::/7", "fe00::1", false),
            ("0.0.0.0/0", "2001:4860::1", false),
        ] {
            XCTAssertEqual(IPAddress(address).map { AddressRange(range)?.contains($0) }, isIn, "\(range) \(address)")
        }
        for text in ["", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "x/8", "10.0.0.0/-1", "::/129"] {
            XCTAssertNil(AddressRange(text), text)
        }
    }

    func test_production_refuses_addresses_that_are_not_public() {
        let rules = WebhookAddressRules(isProduction: true)
        let refused = [
            "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254",
            "172.16.0.1", "192.0.0.192", "192.168.1.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "::", "::1",
            "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::10.0.0.1", "2002:7f00:1::", "fc00::1", "fd00:ec2::254",
            "fe80::1", "ff02::1", "2001:db8::1", "fec0::1",
        ]
        for text in refused { XCTAssertEqual(IPAddress(text).map(rules.allows), false, text) }
        for text in ["1.1.1.1", "93.184.216.34", "172.32.0.1", "2606:2800:220:1::1", "64:ff9b::8.8.8.8"] {
            XCTAssertEqual(IPAddress(text).map(rules.allows), true, text)
        }
        let some = WebhookAddressRules(isProduction: true, allowed: [AddressRange("10.1.0.0/16")!])
        XCTAssertEqual(IPAddress("10.1.2.3").map(some.allows), true)
        XCTAssertEqual(IPAddress("10.2.2.3").map(some.allows), false)
        let development = WebhookAddressRules(isProduction: false)
        XCTAssertEqual(refused.compactMap { IPAddress($0) }.filter(development.allows).count, refused.count)
    }

    func test_production_refuses_http() {
        for (text, isProduction, isAllowed) in [
            ("http://a/", true, false), ("https://a/", true, true), ("http://a/", false, true),
        ] {
            let rules = WebhookAddressRules(isProduction: isProduction)
            XCTAssertEqual(WebhookURL(text).map(rules.allowsScheme), isAllowed)
        }
    }
}
