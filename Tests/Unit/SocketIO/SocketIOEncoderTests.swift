import NIOCore
import XCTest

@testable import Bookings
@testable import BookingsSocketIO

final class SocketIOEncoderTests: XCTestCase {
    func test_the_open_packet_has_exactly_the_keys_of_the_protocol() {
        XCTAssertEqual(
            SocketIOEncoder.open(sid: "S", upgrades: [], timing: HeartbeatTiming(), maxPayload: 1_000_000),
            #"0{"sid":"S","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#)
        XCTAssertEqual(
            SocketIOEncoder.open(
                sid: "S", upgrades: ["websocket"], timing: HeartbeatTiming(pingInterval: .milliseconds(300)),
                maxPayload: 5),
            #"0{"sid":"S","upgrades":["websocket"],"pingInterval":300,"pingTimeout":20000,"maxPayload":5}"#)
    }

    func test_the_packets_that_answer_a_connect() {
        XCTAssertEqual(SocketIOEncoder.connected(sid: "A", pid: nil), #"40{"sid":"A"}"#)
        XCTAssertEqual(SocketIOEncoder.connected(sid: "A", pid: "P"), #"40{"sid":"A","pid":"P"}"#)
        XCTAssertEqual(
            SocketIOEncoder.event("e", Array("{}".utf8), offset: "O").packet, ByteBuffer(string: #"42["e",{},"O"]"#))
        XCTAssertEqual(
            SocketIOEncoder.connectError(namespace: "/", message: "no", data: Array("{\"a\":1}".utf8)),
            #"44{"message":"no","data":{"a":1}}"#)
        XCTAssertEqual(
            SocketIOEncoder.connectError(namespace: "/n", message: "say \"x\"", data: nil),
            #"44/n,{"message":"say \"x\""}"#)
    }

    func test_an_event_has_one_argument() {
        XCTAssertEqual(
            SocketIOEncoder.event("booking.created", Array("{}".utf8)).packet,
            ByteBuffer(string: #"42["booking.created",{}]"#))
    }
}
