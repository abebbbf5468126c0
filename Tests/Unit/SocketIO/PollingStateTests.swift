import NIOCore
import XCTest

@testable import BookingsSocketIO

final class PollingStateTests: XCTestCase {
    private typealias State = PollingState<String>

    private func packet(_ content: String) -> ByteBuffer { ByteBuffer(string: content) }

    /// A session in which the GET `a` waits.
    private func waiting() -> State {
        var state = State()
        XCTAssertEqual(state.pollBegan("a", isCancelled: false), [.flushSession])
        XCTAssertEqual(state.pollFlushed(), [.advanceDelivery])
        return state
    }

    func test_packets_wait_in_one_body_until_a_poll_takes_them() {
        var state = State()
        _ = state.send(packet("2"))
        _ = state.send(packet("40{}"))
        XCTAssertEqual(state.flush(), [], "no poll waits")
        XCTAssertEqual(state.waitingBytes, 6)
        XCTAssertEqual(state.pollBegan("a", isCancelled: false), [.flushSession])
        XCTAssertEqual(state.flush(), [.reportBytes(0), .answer("a", .packet("2\u{1e}40{}"))])
        XCTAssertFalse(state.hasPoll)
        XCTAssertEqual(state.waitingBytes, 0)
        XCTAssertEqual(state.flush(), [])
    }

    func test_the_bytes_of_the_buffer_are_reported_when_it_grows() {
        var state = State()
        guard case .reportBytes(let first)? = state.send(ByteBuffer(repeating: 1, count: 100)) else {
            return XCTFail("not reported")
        }
        XCTAssertNil(state.send(packet("2")), "it fits into the 128 bytes")
        guard case .reportBytes(let second)? = state.send(ByteBuffer(repeating: 1, count: 10_000)) else {
            return XCTFail("not reported")
        }
        XCTAssertGreaterThan(second, first)
    }

    func test_two_polls_at_once_end_the_session() {
        var state = waiting()
        XCTAssertEqual(
            state.pollBegan("b", isCancelled: false),
            [.answer("a", .packet("1")), .closeSession(.protocolError), .answer("b", .refused(.badRequest))])
    }

    func test_a_poll_whose_client_is_gone_ends_the_session() {
        var state = waiting()
        XCTAssertEqual(state.pollCancelled("b"), [], "a poll that was answered before")
        XCTAssertEqual(state.pollCancelled("a"), [.closeSession(.server)])
        var early = State()
        XCTAssertEqual(early.pollBegan("a", isCancelled: true), [.closeSession(.server)])
    }

    func test_two_posts_at_once_end_the_session() {
        var state = State()
        XCTAssertEqual(state.postBegan(), [])
        XCTAssertEqual(state.postBegan(), [.closeSession(.protocolError)])
        state.postEnded()
        state.postEnded()
        XCTAssertEqual(state.postBegan(), [])
        XCTAssertEqual(state.postFailed(), [.closeSession(.protocolError)])
        XCTAssertEqual(state.postBegan(), [])
        XCTAssertEqual(state.postAborted(), [.closeSession(.server)])
    }

    func test_the_end_of_the_session_decides_what_the_waiting_poll_is_answered() {
        let table: [(SessionEnd, waiting: PollingResponse, withoutPoll: [State.Action])] = [
            (.server, .refused(.unknownSession), []), (.protocolError, .packet("1"), []),
            (.client, .noop, [.rememberClosedByClient]),
        ]
        for (end, response, withoutPoll) in table {
            var polled = waiting()
            XCTAssertEqual(polled.close(end), [.reportBytes(0), .answer("a", response)], "\(end)")
            XCTAssertEqual(polled.close(end), [], "closed once")
            var unpolled = State()
            _ = unpolled.send(packet("2"))
            XCTAssertEqual(unpolled.close(end), [.reportBytes(0)] + withoutPoll, "\(end)")
            XCTAssertEqual(unpolled.waitingBytes, 0)
            XCTAssertEqual(
                unpolled.pollBegan("b", isCancelled: false), [.answer("b", .refused(.unknownSession))], "\(end)")
            XCTAssertNil(unpolled.send(packet("2")), "a closed session reports nothing")
        }
    }

    func test_a_response_has_at_most_sixteen_packets() {
        var state = State()
        for number in 0..<40 { _ = state.send(packet("\(number)")) }
        var responses: [[String]] = []
        while state.waitingBytes > 0 {
            XCTAssertEqual(state.pollBegan("a", isCancelled: false), [.flushSession])
            for case .answer(_, .packets(let packets)) in state.flush() {
                responses.append(String(buffer: packets).components(separatedBy: "\u{1e}"))
            }
            _ = state.send(packet("later"))
            if responses.count == 3 { break }
        }
        XCTAssertEqual(responses.map(\.count), [16, 16, 10])
        XCTAssertEqual(responses.flatMap(\.self), (0..<40).map(String.init) + ["later", "later"])
    }

    func test_packets_that_belong_together_leave_in_one_response() {
        var state = State()
        for number in 0..<40 { _ = state.send(packet("\(number)")) }
        state.keepTogether()
        for number in 40..<60 { _ = state.send(packet("\(number)")) }
        var counts: [Int] = []
        for _ in 0..<3 {
            _ = state.pollBegan("a", isCancelled: false)
            for case .answer(_, .packets(let packets)) in state.flush() {
                counts.append(String(buffer: packets).components(separatedBy: "\u{1e}").count)
            }
        }
        XCTAssertEqual(counts, [40, 16, 4])
        XCTAssertEqual(state.waitingBytes, 0)
    }

    func test_a_probe_answers_polls_at_once() {
        var state = waiting()
        XCTAssertEqual(state.probeBegan(), [.flushSession])
        XCTAssertEqual(state.pollFlushed(), [.answer("a", .noop), .advanceDelivery])
        XCTAssertEqual(state.pollBegan("b", isCancelled: false), [.flushSession])
        XCTAssertEqual(state.pollFlushed(), [.answer("b", .noop), .advanceDelivery])
        XCTAssertEqual(state.probeBegan(), [], "one probe at a time")
        state.probeEnded()
        XCTAssertEqual(state.pollBegan("c", isCancelled: false), [.flushSession])
        XCTAssertEqual(state.pollFlushed(), [.advanceDelivery], "it waits again")
    }

    func test_an_upgrade_takes_along_what_no_poll_took() {
        var state = waiting()
        _ = state.probeBegan()
        _ = state.send(packet("2"))
        _ = state.send(packet("40{}"))
        XCTAssertEqual(
            state.handOver(),
            [.answer("a", .noop), .reportBytes(0), .moveSession([packet("2"), packet("40{}")])])
        XCTAssertEqual(state.handOver(), [.refuseUpgrade])
        XCTAssertEqual(state.pollBegan("b", isCancelled: false), [.answer("b", .refused(.badRequest))])
        XCTAssertEqual(state.close(.server), [], "the WebSocket carries the session")
        var closed = State()
        _ = closed.close(.server)
        XCTAssertEqual(closed.handOver(), [.refuseUpgrade])
    }
}
