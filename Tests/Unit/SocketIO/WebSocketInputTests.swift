import NIOCore
import NIOWebSocket
import XCTest

@testable import BookingsSocketIO

final class WebSocketInputTests: XCTestCase {
    private func frame(_ opcode: WebSocketOpcode, _ payload: [UInt8] = []) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: opcode, data: ByteBuffer(bytes: payload))
    }

    private func text(_ content: String) -> WebSocketFrame { frame(.text, Array(content.utf8)) }

    func test_messages_are_handled_in_order_one_batch_at_a_time() {
        var input = WebSocketInput(maxUnwrittenBytes: 100)
        XCTAssertNil(input.takeBatch())
        XCTAssertNil(input.receive(text("3")))
        XCTAssertNil(input.receive(frame(.binary, [1, 2])))
        let first = input.takeBatch()
        XCTAssertEqual(first?.parse(), [.pong, .binary])
        XCTAssertEqual(first?.isLarge, false)
        XCTAssertNil(input.receive(text("6")))
        XCTAssertNil(input.takeBatch(), "the first batch is being handled")
        input.batchHandled()
        XCTAssertEqual(input.takeBatch()?.parse(), [.noop])
    }

    func test_a_message_that_is_not_utf_8_is_no_packet() {
        var input = WebSocketInput(maxUnwrittenBytes: 100)
        _ = input.receive(frame(.text, [0x34, 0xff]))
        XCTAssertEqual(input.takeBatch()?.parse(), [nil])
    }

    func test_a_large_batch_is_parsed_outside_the_event_loop() {
        var input = WebSocketInput(maxUnwrittenBytes: 100)
        _ = input.receive(frame(.text, [UInt8](repeating: 0x33, count: WebSocketInput.maxBytesParsedOnLoop)))
        XCTAssertEqual(input.takeBatch()?.isLarge, false)
        input.batchHandled()
        _ = input.receive(frame(.text, [UInt8](repeating: 0x33, count: WebSocketInput.maxBytesParsedOnLoop)))
        _ = input.receive(text("3"))
        XCTAssertEqual(input.takeBatch()?.isLarge, true)
    }

    func test_control_frames_are_answered() {
        let table: [(WebSocketFrame, WebSocketInput.Action?)] = [
            (frame(.ping, [7]), .pong(ByteBuffer(bytes: [7]))), (frame(.pong), nil),
            (frame(.connectionClose, [0x03, 0xe8]), .answerClose(.code(.normalClosure))),
        ]
        for (frame, action) in table {
            var input = WebSocketInput(maxUnwrittenBytes: 100)
            XCTAssertEqual(input.receive(frame), action)
            XCTAssertNil(input.takeBatch())
        }
    }

    func test_more_messages_than_one_read_can_bring_end_the_connection() {
        var input = WebSocketInput(maxUnwrittenBytes: 100)
        for _ in 0..<WebSocketInput.maxMessages { XCTAssertNil(input.receive(frame(.binary))) }
        XCTAssertEqual(input.receive(frame(.binary)), .closeChannel)
        input.clear()
        XCTAssertNil(input.takeBatch())
    }

    func test_reading_stops_while_a_batch_is_handled_or_responses_wait() {
        var input = WebSocketInput(maxUnwrittenBytes: 100)
        XCTAssertTrue(input.mayRead(unwrittenBytes: 99))
        XCTAssertFalse(input.resumeReading(unwrittenBytes: 0), "no read was delayed")
        XCTAssertFalse(input.mayRead(unwrittenBytes: 100))
        XCTAssertFalse(input.resumeReading(unwrittenBytes: 100))
        XCTAssertTrue(input.resumeReading(unwrittenBytes: 99))
        XCTAssertFalse(input.resumeReading(unwrittenBytes: 0), "a delayed read is made once")
        _ = input.receive(text("3"))
        _ = input.takeBatch()
        XCTAssertFalse(input.mayRead(unwrittenBytes: 0))
        XCTAssertFalse(input.resumeReading(unwrittenBytes: 0))
        input.batchHandled()
        XCTAssertTrue(input.resumeReading(unwrittenBytes: 0))
    }
}

final class WebSocketCloseFrameTests: XCTestCase {
    func test_a_close_frame_is_answered_with_its_code_or_with_a_protocol_error() {
        let table: [([UInt8], WebSocketCloseFrame)] = [
            ([], .withoutCode), ([0x03, 0xe8], .code(.normalClosure)), ([0x03, 0xe9, 0x62], .code(.goingAway)),
            ([0x0f, 0xa0], .code(.unknown(4000))), ([0x03, 0xed], .code(.protocolError)),
            ([0x03], .code(.protocolError)), ([0, 0], .code(.protocolError)),
        ]
        for (payload, answer) in table {
            XCTAssertEqual(WebSocketCloseFrame(answering: ByteBuffer(bytes: payload)), answer, "\(payload)")
        }
    }

    func test_only_an_end_by_the_server_has_no_close_frame() {
        XCTAssertNil(WebSocketCloseFrame(for: SessionEnd.server))
        XCTAssertEqual(WebSocketCloseFrame(for: SessionEnd.protocolError), .code(.protocolError))
        XCTAssertEqual(WebSocketCloseFrame(for: SessionEnd.client), .code(.normalClosure))
        XCTAssertEqual(WebSocketCloseFrame(for: NIOWebSocketError.invalidFrameLength), .code(.messageTooLarge))
        XCTAssertEqual(WebSocketCloseFrame(for: NIOWebSocketError.fragmentedControlFrame), .code(.protocolError))
        XCTAssertNil(WebSocketCloseFrame(for: ChannelError.eof))
    }
}
