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

    private func conditions(logEnd: Int64 = 9, takesMore: Bool = true, hasRoom: Bool = true) -> EventDelivery.Conditions
    {
        EventDelivery.Conditions(logEnd: LogPosition(logEnd), takesMore: takesMore, hasRoom: hasRoom)
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

    func test_missed_events_are_read_only_while_the_client_takes_more() {
        var delivery = EventDelivery()
        delivery.resume(audience, after: LogPosition(2))
        XCTAssertEqual(delivery.advance(conditions(takesMore: false)), [])
        XCTAssertEqual(delivery.advance(conditions()), [.read(after: LogPosition(2), audience)])
        XCTAssertEqual(delivery.advance(conditions()), [], "one read at a time")
        XCTAssertEqual(delivery.sliceRead(slice(through: 4)), [.send(events, audience)])
        XCTAssertEqual(delivery.advance(conditions(takesMore: false)), [])
        XCTAssertEqual(delivery.advance(conditions()), [.read(after: LogPosition(4), audience)])
        XCTAssertEqual(delivery.sliceRead(slice(through: 9, empty: true)), [.send([], audience)])
        XCTAssertEqual(
            delivery.advance(conditions(takesMore: false)), [.join(audience)], "at the end of the log it is live")
        XCTAssertEqual(delivery.take(LogPosition(10)), audience)
    }

    func test_a_cursor_beyond_the_end_of_the_log_is_resynchronized() {
        var delivery = EventDelivery()
        delivery.resume(audience, after: LogPosition(12))
        XCTAssertEqual(delivery.advance(conditions()), [.readHead])
        XCTAssertEqual(delivery.headRead(LogPosition(11)), [])
        XCTAssertEqual(delivery.advance(conditions()), [.readOldest])
        XCTAssertEqual(
            delivery.oldestRead(LogPosition(3), logEnd: LogPosition(9)),
            [.resync(oldest: LogPosition(3)), .join(audience)])
        XCTAssertEqual(delivery.take(LogPosition(10)), audience)
        // A position that this replica has not delivered yet becomes live.
        var ahead = EventDelivery()
        ahead.resume(audience, after: LogPosition(12))
        XCTAssertEqual(ahead.advance(conditions()), [.readHead])
        XCTAssertEqual(ahead.headRead(LogPosition(12)), [])
        XCTAssertEqual(ahead.advance(conditions()), [.join(audience)])
        XCTAssertNil(ahead.take(LogPosition(12)))
        XCTAssertEqual(ahead.take(LogPosition(13)), audience)
        var recovered = EventDelivery()
        recovered.recover(audience, after: LogPosition(12))
        XCTAssertEqual(recovered.advance(conditions()), [.readHead])
        XCTAssertEqual(recovered.headRead(LogPosition(9)), [.connectAnew])
    }

    func test_a_cursor_that_is_too_old_gets_one_resync() {
        var delivery = EventDelivery()
        delivery.resume(audience, after: LogPosition(2))
        _ = delivery.advance(conditions())
        XCTAssertEqual(delivery.sliceRead(nil), [])
        XCTAssertEqual(delivery.advance(conditions(takesMore: false)), [.readOldest])
        XCTAssertEqual(
            delivery.oldestRead(LogPosition(3), logEnd: LogPosition(9)),
            [.resync(oldest: LogPosition(3)), .join(audience)])
        XCTAssertEqual(delivery.advance(conditions()), [])
        XCTAssertNil(delivery.take(LogPosition(9)))
    }

    func test_a_recovered_socket_gets_missed_events_together_with_the_answer_to_its_connect() {
        var delivery = EventDelivery()
        delivery.recover(audience, after: LogPosition(2))
        XCTAssertTrue(delivery.holdsOutput)
        XCTAssertEqual(delivery.advance(conditions(takesMore: false)), [], "nothing is read before a poll waits")
        XCTAssertEqual(delivery.advance(conditions()), [.read(after: LogPosition(2), audience)])
        XCTAssertEqual(delivery.sliceRead(slice(through: 4)), [.send(events, audience)])
        XCTAssertEqual(
            delivery.advance(conditions(takesMore: false)), [.read(after: LogPosition(4), audience)],
            "held packets are not taken by the client")
        XCTAssertEqual(delivery.sliceRead(slice(through: 9)), [.send(events, audience)])
        XCTAssertTrue(delivery.holdsOutput)
        XCTAssertEqual(delivery.advance(conditions(takesMore: false)), [.acceptRecovered, .join(audience)])
        XCTAssertFalse(delivery.holdsOutput)
    }

    func test_missed_events_that_are_too_many_to_be_held_follow_the_answer_to_the_connect() {
        var delivery = EventDelivery()
        delivery.recover(audience, after: LogPosition(2))
        _ = delivery.advance(conditions())
        _ = delivery.sliceRead(slice(through: 4))
        XCTAssertEqual(delivery.advance(conditions(takesMore: false, hasRoom: false)), [.acceptRecovered])
        XCTAssertFalse(delivery.holdsOutput)
        XCTAssertEqual(delivery.advance(conditions(takesMore: false)), [])
        XCTAssertEqual(delivery.advance(conditions()), [.read(after: LogPosition(4), audience)])
    }

    func test_a_recovery_beyond_the_retained_log_becomes_a_new_socket_unless_it_has_begun() {
        var fresh = EventDelivery()
        fresh.recover(audience, after: LogPosition(2))
        _ = fresh.advance(conditions())
        XCTAssertEqual(fresh.sliceRead(nil), [.connectAnew])
        XCTAssertFalse(fresh.holdsOutput)
        var begun = EventDelivery()
        begun.recover(audience, after: LogPosition(2))
        _ = begun.advance(conditions())
        _ = begun.sliceRead(slice(through: 4))
        _ = begun.advance(conditions())
        XCTAssertEqual(begun.sliceRead(nil), [.close])
    }

    func test_a_read_for_a_connect_that_was_withdrawn_is_ignored() {
        var delivery = EventDelivery()
        delivery.resume(audience, after: LogPosition(2))
        _ = delivery.advance(conditions())
        XCTAssertEqual(delivery.leave(), [])
        delivery.resume(audience, after: LogPosition(6))
        XCTAssertEqual(delivery.advance(conditions()), [], "one read at a time")
        XCTAssertEqual(delivery.sliceRead(slice(through: 4)), [])
        XCTAssertEqual(delivery.advance(conditions()), [.read(after: LogPosition(6), audience)])
    }
}
