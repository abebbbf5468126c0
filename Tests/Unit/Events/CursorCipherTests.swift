import XCTest

@testable import Bookings

final class CursorCipherTests: XCTestCase {
    private let cipher = CursorCipher(key: [UInt8](repeating: 7, count: 32))

    func test_a_cursor_decrypts_to_its_position_on_every_replica() {
        let replica = CursorCipher(key: [UInt8](repeating: 7, count: 32))
        for number: Int64 in [0, 1, 255, 256, 1 << 40, .max] {
            let cursor = cipher.cursor(at: LogPosition(number))
            XCTAssertEqual(replica.position(of: cursor), LogPosition(number))
            XCTAssertEqual(replica.cursor(at: LogPosition(number)), cursor)
            XCTAssertEqual(cursor.utf8.count, 32)
        }
    }

    func test_a_cursor_with_one_changed_character_is_refused() {
        let cursor = Array(cipher.cursor(at: LogPosition(42)))
        for index in cursor.indices {
            var changed = cursor
            changed[index] = changed[index] == "A" ? "B" : "A"
            XCTAssertNil(cipher.position(of: String(changed)), String(changed))
        }
        for text in ["", "A", "AAAA", String(cursor.dropLast()), String(cursor) + "A", String(cursor) + "=", "ü"] {
            XCTAssertNil(cipher.position(of: text), text)
        }
    }

    func test_a_cursor_is_refused_under_another_key_or_context() {
        let payload: [UInt8] = Array(0..<100)
        let sealed = cipher.seal(payload, context: [1, 2])
        XCTAssertEqual(cipher.open(sealed, context: [1, 2]), payload)
        XCTAssertNil(cipher.open(sealed, context: [1]))
        XCTAssertNil(CursorCipher(key: [UInt8](repeating: 8, count: 32)).open(sealed, context: [1, 2]))
    }

    func test_cursors_of_successive_positions_have_no_common_prefix() {
        let cursors = (0..<50).map { cipher.cursor(at: LogPosition($0)).prefix(8) }
        XCTAssertEqual(Set(cursors).count, cursors.count)
    }

    func test_base64url_decodes_what_it_encodes_and_refuses_other_text() {
        for count in 0..<40 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + 251) }
            XCTAssertEqual(Base64URL.decode(Base64URL.encode(bytes)), bytes)
        }
        for text in ["A", "AB", "A=", "+/", "AAAAA"] { XCTAssertNil(Base64URL.decode(text), text) }
    }
}
