import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsSocketIO

final class SocketIOPacketTests: XCTestCase {
    func test_valid_packets_are_parsed() {
        let table: [(String, SocketIOPacket.Kind, namespace: String, ackID: Int?, attachments: Int)] = [
            ("0", .connect, "/", nil, 0),
            (#"0{"token":"t"}"#, .connect, "/", nil, 0),
            ("0/custom", .connect, "/custom", nil, 0),
            ("0/custom,", .connect, "/custom", nil, 0),
            (#"0/custom,{"a":1}"#, .connect, "/custom", nil, 0),
            ("0/custom?x=1,", .connect, "/custom", nil, 0),
            ("1", .disconnect, "/", nil, 0),
            ("1/custom", .disconnect, "/custom", nil, 0),
            ("1/custom,", .disconnect, "/custom", nil, 0),
            (#"2["a"]"#, .event, "/", nil, 0),
            (#"20["a",1,null]"#, .event, "/", 0, 0),
            (#"2/n,12["a"]"#, .event, "/n", 12, 0),
            ("2[7]", .event, "/", nil, 0),
            ("35[]", .ack, "/", 5, 0),
            ("3/n,5[1]", .ack, "/n", 5, 0),
            (#"51-["a",{"_placeholder":true,"num":0}]"#, .binaryEvent, "/", nil, 1),
            (#"52-/n,3["a",{"x":[{"_placeholder":true,"num":1}]}]"#, .binaryEvent, "/n", 3, 2),
            (#"61-9[{"_placeholder":true,"num":0}]"#, .binaryAck, "/", 9, 1),
            (#"510-["a"]"#, .binaryEvent, "/", nil, 10),
        ]
        for (text, kind, namespace, ackID, attachments) in table {
            guard let packet = SocketIOPacket(text) else {
                XCTFail("refused: \(text)")
                continue
            }
            XCTAssertEqual(packet.kind, kind, text)
            XCTAssertEqual(packet.namespace, namespace, text)
            XCTAssertEqual(packet.ackID, ackID, text)
            XCTAssertEqual(packet.attachments, attachments, text)
        }
    }

    func test_invalid_packets_are_refused() {
        let table = [
            "", "7", "9", "a", "abc", "0abc", "0[]", "0\"t\"", "0{", "1{}", "2", "2{}", "2[]", "2abc[1]", "2[null]",
            "2[{}]", "2[\"a\"", "2[\"a\"]x", "3", "3[]", "35", "35{}", "4", #"4{"message":"m"}"#, "5[\"a\"]",
            "5-[\"a\"]", "511-[\"a\"]", #"51-["a",{"_placeholder":true,"num":1}]"#,
            #"51-["a",{"_placeholder":true,"num":-1}]"#, #"51-["a",{"_placeholder":true}]"#, "61-[]", "2[\"a\"]\u{1e}",
            #"2["connect"]"#, #"2["connect_error"]"#, #"2["disconnect"]"#, #"2["disconnecting"]"#,
            #"2["newListener"]"#, #"2["removeListener"]"#,
        ]
        for text in table { XCTAssertNil(SocketIOPacket(text), text) }
    }
}
