import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsHTTP

final class StreamAudiencesTests: XCTestCase {
    private let theirs = ProviderID(high: 9, low: 9)
    private let mine = BookingScope(provider: aProvider)

    private func event(_ position: Int64, provider: ProviderID = aProvider, customer: Subject? = nil) -> LoggedEvent {
        let booking = aBooking(UInt64(position), provider: provider, customer: customer)
        return LoggedEvent(
            position: LogPosition(position),
            event: BookingEvent(booking: booking, kind: .action(.create), occurredAt: at(0)))
    }

    private func described(_ step: StreamAudiences.Step) -> String {
        switch step {
        case .write(let events): "write \(events.map(\.logged.position.number))"
        case .readLog: "read"
        case .wait: "wait"
        case .end: "end"
        }
    }

    private func next(_ audiences: inout StreamAudiences, _ id: Int, after position: Int64) -> String {
        described(audiences.next(id, after: LogPosition(position)))
    }

    private func deliver(_ audiences: inout StreamAudiences, _ events: LoggedEvent...) -> Set<Int> {
        audiences.deliver(events, through: events.last?.position ?? .start)
    }

    func test_a_stream_reads_the_log_until_it_reaches_what_was_delivered_and_then_waits() {
        var audiences = StreamAudiences(from: LogPosition(5))
        audiences.add(1, mine)
        XCTAssertEqual(next(&audiences, 1, after: 3), "read")
        XCTAssertEqual(deliver(&audiences, event(6)), [])
        XCTAssertEqual(next(&audiences, 1, after: 5), "read")
        XCTAssertEqual(next(&audiences, 1, after: 6), "wait")
        XCTAssertEqual(deliver(&audiences, event(7)), [1])
        XCTAssertEqual(next(&audiences, 1, after: 6), "write [7]")
        XCTAssertEqual(next(&audiences, 1, after: 7), "wait")
    }

    func test_a_stream_that_read_beyond_what_was_delivered_takes_no_event_twice() {
        var audiences = StreamAudiences(from: LogPosition(5))
        audiences.add(1, mine)
        XCTAssertEqual(next(&audiences, 1, after: 7), "wait")
        XCTAssertEqual(deliver(&audiences, event(6), event(7)), [])
        XCTAssertEqual(deliver(&audiences, event(8)), [1])
        XCTAssertEqual(next(&audiences, 1, after: 7), "write [8]")
    }

    func test_an_event_wakes_the_streams_whose_scope_contains_its_booking_once() {
        var audiences = StreamAudiences(from: .start)
        let customer = subject("customer")
        let scopes = [
            mine, BookingScope(provider: theirs), BookingScope(customer: customer), .all,
            BookingScope(provider: aProvider, customer: customer), BookingScope(customer: subject("other")),
        ]
        for (id, scope) in scopes.enumerated() {
            audiences.add(id, scope)
            XCTAssertEqual(next(&audiences, id, after: 0), "wait")
        }
        XCTAssertEqual(deliver(&audiences, event(1, customer: customer)), [0, 2, 3, 4])
        XCTAssertEqual(next(&audiences, 4, after: 0), "write [1]")
        XCTAssertEqual(deliver(&audiences, event(2, provider: theirs, customer: customer)), [1, 2, 3, 4])
        XCTAssertEqual(deliver(&audiences, event(3)), [0, 3, 4])
        audiences.remove(3)
        audiences.remove(0)
        XCTAssertEqual(deliver(&audiences, event(4)), [4])
        XCTAssertEqual(next(&audiences, 0, after: 0), "end")
    }

    func test_a_stream_that_falls_behind_keeps_a_bounded_number_of_events_and_reads_the_log_after_them() {
        var audiences = StreamAudiences(from: .start)
        audiences.add(1, mine)
        XCTAssertEqual(next(&audiences, 1, after: 0), "wait")
        let limit = Int64(StreamAudiences.maximumWaiting)
        for position in 1...limit + 20 { _ = deliver(&audiences, event(position)) }
        XCTAssertEqual(next(&audiences, 1, after: 0), "write \(Array(1...limit))")
        XCTAssertEqual(next(&audiences, 1, after: limit), "read")
        XCTAssertEqual(next(&audiences, 1, after: limit + 20), "wait")
        XCTAssertEqual(deliver(&audiences, event(limit + 21)), [1])
    }

    func test_after_a_rewind_streams_have_ended_and_delivery_continues_at_the_new_end() {
        var audiences = StreamAudiences(from: LogPosition(9))
        audiences.add(1, mine)
        XCTAssertEqual(next(&audiences, 1, after: 9), "wait")
        audiences.removeAll(restartingAt: LogPosition(4))
        XCTAssertEqual(next(&audiences, 1, after: 9), "end")
        XCTAssertEqual(deliver(&audiences, event(5)), [])
        audiences.add(2, mine)
        XCTAssertEqual(next(&audiences, 2, after: 5), "wait")
        XCTAssertEqual(deliver(&audiences, event(6)), [2])
    }
}
