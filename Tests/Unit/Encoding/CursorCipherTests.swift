import XCTest

@testable import Bookings

final class CursorCipherTests: XCTestCase {
    private let sealer = CursorCipher(key: [UInt8](repeating: 7, count: 32))

    func test_a_cursor_opens_to_the_place_it_was_made_for_on_every_replica() {
        let replica = CursorCipher(key: [UInt8](repeating: 7, count: 32))
        for number: Int64 in [0, 1, 255, 256, 1 << 40, .max] {
            let cursor = sealer.cursor(at: LogPosition(number))
            XCTAssertEqual(replica.position(of: cursor), LogPosition(number))
            XCTAssertEqual(replica.cursor(at: LogPosition(number)), cursor)
        }
    }

    func test_every_changed_character_makes_a_cursor_forged() {
        let cursor = Array(sealer.cursor(at: LogPosition(42)))
        for index in cursor.indices {
            var changed = cursor
            changed[index] = changed[index] == "A" ? "B" : "A"
            XCTAssertNil(sealer.position(of: String(changed)), String(changed))
        }
        for text in ["", "A", "AAAA", String(cursor.dropLast()), String(cursor) + "A", String(cursor) + "=", "ü"] {
            XCTAssertNil(sealer.position(of: text), text)
        }
    }

    func test_another_key_or_context_opens_nothing() {
        let payload: [UInt8] = Array(0..<100)
        let sealed = sealer.seal(payload, context: [1, 2])
        XCTAssertEqual(sealer.open(sealed, context: [1, 2]), payload)
        XCTAssertNil(sealer.open(sealed, context: [1]))
        XCTAssertNil(CursorCipher(key: [UInt8](repeating: 8, count: 32)).open(sealed, context: [1, 2]))
    }

    func test_neighbouring_places_share_nothing_visible() {
        let cursors = (0..<50).map { sealer.cursor(at: LogPosition($0)).prefix(8) }
        XCTAssertEqual(Set(cursors).count, cursors.count)
    }

    func test_base_64_url_reads_what_it_writes_and_nothing_else() {
        for count in 0..<40 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + 251) }
            XCTAssertEqual(Base64URL.decode(Base64URL.encode(bytes)), bytes)
        }
        for text in ["A", "AB", "A=", "+/", "AAAAA"] { XCTAssertNil(Base64URL.decode(text), text) }
    }
}
