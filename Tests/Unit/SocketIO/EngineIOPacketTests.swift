import XCTest

@testable import Bookings
@testable import BookingsSocketIO

final class EngineIOPacketTests: XCTestCase {
    func test_the_first_character_is_the_type_of_a_packet() {
        let table: [(String, EngineIOPacket)] = [
            ("1", .close), ("1x", .malformed), ("2", .ping), ("2x", .ping), ("2probe", .probe), ("3", .pong),
            ("3probe", .pong), ("5", .upgrade), ("6", .noop), ("", .malformed), ("0{}", .malformed), ("7", .malformed),
            ("4abc", .malformed), ("é", .malformed),
        ]
        for (text, packet) in table { XCTAssertEqual(EngineIOPacket(text.utf8), packet, text) }
        XCTAssertEqual(EngineIOPacket("40".utf8), SocketIOPacket("0").map { .message($0) })
        XCTAssertEqual(EngineIOPacket([UInt8(ascii: "4"), 0xff]), .malformed)
    }

    func test_a_body_has_packets_between_separators_up_to_a_limit() {
        func packets(_ text: String) -> [EngineIOPacket]? { EngineIOPayload.packets(in: Array(text.utf8)) }
        XCTAssertEqual(packets("3\u{1e}6"), [.pong, .noop])
        XCTAssertEqual(packets(""), [.malformed])
        XCTAssertEqual(packets("3\u{1e}"), [.pong, .malformed])
        XCTAssertEqual(packets("bAQID"), [.binary])
        let full = Array(repeating: "3", count: EngineIOPayload.maxPackets).joined(separator: "\u{1e}")
        XCTAssertEqual(packets(full)?.count, 1000)
        XCTAssertNil(packets(full + "\u{1e}3"))
    }
}
