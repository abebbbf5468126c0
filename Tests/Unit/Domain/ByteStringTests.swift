import XCTest

@testable import Bookings

final class ByteStringTests: XCTestCase {
    private let pairs = [("caf\u{e9}", "cafe\u{301}"), ("K", "\u{212a}"), (";", "\u{37e}"), ("\u{c5}", "\u{212b}")]

    func test_strings_that_are_only_canonically_equivalent_are_different() {
        for (left, right) in pairs {
            XCTAssertEqual(left, right, "The strings must be equal.")
            XCTAssertNotEqual(ByteString(left), ByteString(right))
            XCTAssertEqual(Set([ByteString(left), ByteString(right), ByteString(left)]).count, 2)
            XCTAssertNotEqual(subjectOf(left), subjectOf(right))
            XCTAssertEqual(Set([subjectOf(left), subjectOf(right)]).count, 2)
            XCTAssertNotEqual(JSONValue.string(left), .string(right))
            let object = JSONValue.object([JSONMember(name: left, value: .bool(true))])
            XCTAssertNil(object[right])
            XCTAssertEqual(object[left], .bool(true))
        }
    }

    private func subjectOf(_ text: String) -> Subject? { Subject(text) }

    func test_order_and_hash_depend_on_bytes() {
        XCTAssertLessThan(ByteString("Z"), ByteString("a"))
        XCTAssertLessThan(ByteString("cafe\u{301}"), ByteString("caf\u{e9}"))
        XCTAssertEqual(ByteString("abc").hashValue, ByteString("xabc".dropFirst()).hashValue)
        XCTAssertEqual("\u{212a}AZ".lowercasedASCII.unicodeScalars.map(\.value), [0x212a, 0x61, 0x7a])
    }
}
