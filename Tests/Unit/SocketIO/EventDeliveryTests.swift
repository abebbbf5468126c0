import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsSocketIO

final class EventDeliveryTests: XCTestCase {
    private typealias Action = EventDelivery.Action

    private let audience = SocketAudience.anonymous
    private let events = [
        LoggedEvent(
            position: LogPosition(4),
            event: BookingEvent(booking: aBooking(), kind: .action(.create), occurredAt: at(0)))
    ]

    private func view(logEnd: Int64 = 9, takesMore: Bool = true, hasRoom: Bool = true) -> EventDelivery.View {
        EventDelivery.View(logEnd: LogPosition(logEnd), takesMore: takesMore, hasRoom: hasRoom)
    }

    private func slice(through: Int64, empty: Bool = false) -> EventSlice {
        EventSlice(events: empty ? [] : events, through: LogPosition(through))
    }

    func test_a_socket_without_a_cursor_is_live_at_once_and_takes_each_position_once() {
        var delivery = EventDelivery()
        XCTAssertEqual(delivery.goLive(audience, at: LogPosition(5)), [.join(audience)])
        XCTAssertNil(delivery.take(LogPosition(5)))
        XCTAssertEqual(delivery.take(LogPosition(6)), audience)
        XCTAssertNil(delivery.take(LogPosition(6)))
        XCTAssertEqual(delivery.leave(), [.leave(audience)])
        XCTAssertNil(delivery.take(LogPosition(7)))
    }

    func test_a_resume_reads_only_while_the_client_takes_more() {
        var delivery = EventDelivery()
        delivery.resume(audience, after: LogPosition(2))
        XCTAssertEqual(delivery.advance(view(takesMore: false)), [])
        XCTAssertEqual(delivery.advance(view()), [.read(after: LogPosition(2), audience)])
        XCTAssertEqual(delivery.advance(view()), [], "one reading at a time")
        XCTAssertEqual(delivery.sliceRead(slice(through: 4)), [.send(events, audience)])
        XCTAssertEqual(delivery.advance(view(takesMore: false)), [])
        XCTAssertEqual(delivery.advance(view()), [.read(after: LogPosition(4), audience)])
        XCTAssertEqual(delivery.sliceRead(slice(through: 9, empty: true)), [.send([], audience)])
        XCTAssertEqual(delivery.advance(view(takesMore: false)), [.join(audience)], "at the end of the log it is live")
        XCTAssertEqual(delivery.take(LogPosition(10)), audience)
    }

    func test_a_cursor_beyond_the_end_of_the_log_is_resynchronized() {
        var delivery = EventDelivery()
        delivery.resume(audience, after: LogPosition(12))
        XCTAssertEqual(delivery.advance(view()), [.readHead])
        XCTAssertEqual(delivery.headRead(LogPosition(11)), [])
        XCTAssertEqual(delivery.advance(view()), [.readOldest])
        XCTAssertEqual(
            delivery.oldestRead(LogPosition(3), logEnd: LogPosition(9)),
            [.resync(oldest: LogPosition(3)), .join(audience)])
        XCTAssertEqual(delivery.take(LogPosition(10)), audience)
        // One that this replica has not come to yet is waited for.
        var ahead = EventDelivery()
        ahead.resume(audience, after: LogPosition(12))
        XCTAssertEqual(ahead.advance(view()), [.readHead])
        XCTAssertEqual(ahead.headRead(LogPosition(12)), [])
        XCTAssertEqual(ahead.advance(view()), [.join(audience)])
        XCTAssertNil(ahead.take(LogPosition(12)))
        XCTAssertEqual(ahead.take(LogPosition(13)), audience)
        var recovered = EventDelivery()
        recovered.recover(audience, after: LogPosition(12))
        XCTAssertEqual(recovered.advance(view()), [.readHead])
        XCTAssertEqual(recovered.headRead(LogPosition(9)), [.connectAnew])
    }

    func test_a_cursor_that_is_too_old_is_told_once_from_where_to_read() {
        var delivery = EventDelivery()
        delivery.resume(audience, after: LogPosition(2))
        _ = delivery.advance(view())
        XCTAssertEqual(delivery.sliceRead(nil), [])
        XCTAssertEqual(delivery.advance(view(takesMore: false)), [.readOldest])
        XCTAssertEqual(
            delivery.oldestRead(LogPosition(3), logEnd: LogPosition(9)),
            [.resync(oldest: LogPosition(3)), .join(audience)])
        XCTAssertEqual(delivery.advance(view()), [])
        XCTAssertNil(delivery.take(LogPosition(9)))
    }

    func test_a_recovered_socket_gets_what_it_missed_and_its_answer_together() {
        var delivery = EventDelivery()
        delivery.recover(audience, after: LogPosition(2))
        XCTAssertTrue(delivery.holdsOutput)
        XCTAssertEqual(delivery.advance(view(takesMore: false)), [], "nothing is read before somebody polls")
        XCTAssertEqual(delivery.advance(view()), [.read(after: LogPosition(2), audience)])
        XCTAssertEqual(delivery.sliceRead(slice(through: 4)), [.send(events, audience)])
        XCTAssertEqual(
            delivery.advance(view(takesMore: false)), [.read(after: LogPosition(4), audience)],
            "what is held does not wait to be taken")
        XCTAssertEqual(delivery.sliceRead(slice(through: 9)), [.send(events, audience)])
        XCTAssertTrue(delivery.holdsOutput)
        XCTAssertEqual(delivery.advance(view(takesMore: false)), [.acceptRecovered, .join(audience)])
        XCTAssertFalse(delivery.holdsOutput)
    }

    func test_what_is_too_much_to_be_held_comes_behind_the_answer() {
        var delivery = EventDelivery()
        delivery.recover(audience, after: LogPosition(2))
        _ = delivery.advance(view())
        _ = delivery.sliceRead(slice(through: 4))
        XCTAssertEqual(delivery.advance(view(takesMore: false, hasRoom: false)), [.acceptRecovered])
        XCTAssertFalse(delivery.holdsOutput)
        XCTAssertEqual(delivery.advance(view(takesMore: false)), [])
        XCTAssertEqual(delivery.advance(view()), [.read(after: LogPosition(4), audience)])
    }

    func test_a_recovery_that_the_log_does_not_reach_back_to_is_a_new_socket_unless_it_began() {
        var fresh = EventDelivery()
        fresh.recover(audience, after: LogPosition(2))
        _ = fresh.advance(view())
        XCTAssertEqual(fresh.sliceRead(nil), [.connectAnew])
        XCTAssertFalse(fresh.holdsOutput)
        var begun = EventDelivery()
        begun.recover(audience, after: LogPosition(2))
        _ = begun.advance(view())
        _ = begun.sliceRead(slice(through: 4))
        _ = begun.advance(view())
        XCTAssertEqual(begun.sliceRead(nil), [.close])
    }

    func test_a_reading_for_aconnect_that_was_taken_back_is_dropped() {
        var delivery = EventDelivery()
        delivery.resume(audience, after: LogPosition(2))
        _ = delivery.advance(view())
        XCTAssertEqual(delivery.leave(), [])
        delivery.resume(audience, after: LogPosition(6))
        XCTAssertEqual(delivery.advance(view()), [], "one reading at a time")
        XCTAssertEqual(delivery.sliceRead(slice(through: 4)), [])
        XCTAssertEqual(delivery.advance(view()), [.read(after: LogPosition(6), audience)])
    }
}
