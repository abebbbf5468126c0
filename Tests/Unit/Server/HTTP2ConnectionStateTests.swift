import NIOCore
import XCTest

@testable import BookingsRuntime

final class HTTP2ConnectionStateTests: XCTestCase {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
    private let limits = ConnectionLimits()
    private var state = HTTP2ConnectionState(limits: ConnectionLimits(), at: HTTP2ConnectionStateTests.start)

    private func after(_ seconds: Int64) -> NIODeadline { Self.start + .seconds(seconds) }

    func test_an_idle_connection_is_told_to_end_and_then_closed() {
        XCTAssertNil(state.tick(at: after(74)))
        XCTAssertEqual(state.tick(at: after(75)), .goAway)
        XCTAssertNil(state.tick(at: after(76)), "The client may still acknowledge.")
        XCTAssertEqual(state.tick(at: after(77)), .close)
    }

    func test_a_connection_with_an_open_stream_does_not_end_by_itself() {
        XCTAssertNil(state.streamOpened(at: after(1)))
        XCTAssertNil(state.tick(at: after(1000)))
        state.streamClosed(at: after(1000))
        XCTAssertNil(state.tick(at: after(1074)))
        XCTAssertEqual(state.tick(at: after(1075)), .goAway)
    }

    func test_draining_ends_a_connection_that_has_served_at_once_and_a_new_one_after_its_first_request() {
        XCTAssertNil(state.drain(at: after(1)))
        XCTAssertEqual(state.streamOpened(at: after(2)), .goAway)
        XCTAssertNil(state.streamOpened(at: after(2)), "GOAWAY is sent once.")
        var served = HTTP2ConnectionState(limits: limits, at: Self.start)
        _ = served.streamOpened(at: after(1))
        XCTAssertEqual(served.drain(at: after(2)), .goAway)
        XCTAssertNil(served.tick(at: after(100)), "The open stream is finished.")
        served.streamClosed(at: after(100))
        XCTAssertEqual(served.tick(at: after(102)), .close)
    }

    func test_a_server_that_accepts_no_connections_waits_a_moment_for_the_first_request_of_a_new_one() {
        XCTAssertNil(state.closeSoonWhenIdle(at: after(1)))
        XCTAssertNil(state.tick(at: after(2)))
        XCTAssertEqual(state.tick(at: after(3)), .goAway)
        XCTAssertEqual(state.tick(at: after(5)), .close)
    }

    func test_a_connection_whose_place_is_needed_closes_when_it_serves_nothing() {
        XCTAssertEqual(state.makeRoom(at: after(1)), .close)
        _ = state.streamOpened(at: after(1))
        XCTAssertEqual(state.makeRoom(at: after(1)), .goAway)
    }
}
