import Bookings
import XCTest

@testable import BookingsPostgres

final class ReconnectStateTests: XCTestCase {
    private let loss = PostgresError.lost("gone")

    func test_the_delay_doubles_from_50_ms_to_a_second() {
        var state = ReconnectState()
        let delays = (0..<7).map { _ in state.ended(loss, hasAnswered: false, jitter: 1) }
        XCTAssertEqual(delays, [50, 100, 200, 400, 800, 1000, 1000].map { .backOff(.milliseconds($0)) })
    }

    func test_jitter_halves_the_delay_at_most() {
        var state = ReconnectState()
        XCTAssertEqual(state.ended(loss, hasAnswered: false, jitter: 0), .backOff(.milliseconds(25)))
    }

    func test_a_connection_that_has_answered_is_replaced_as_soon_as_the_first() {
        var state = ReconnectState()
        for _ in 0..<5 { _ = state.ended(loss, hasAnswered: false, jitter: 1) }
        XCTAssertEqual(state.ended(loss, hasAnswered: true, jitter: 1), .backOff(.milliseconds(50)))
    }

    func test_a_connection_that_was_given_up_is_replaced_at_once() {
        var state = ReconnectState()
        XCTAssertEqual(state.ended(nil, hasAnswered: false, jitter: 1), .connect)
    }

    func test_a_pooler_once_detected_is_remembered() {
        var state = ReconnectState()
        state.configured(isPooled: false)
        XCTAssertFalse(state.isPooled)
        _ = state.ended(.unprepared("26000"), hasAnswered: true, jitter: 1)
        state.configured(isPooled: false)
        XCTAssertTrue(state.isPooled)
    }
}
