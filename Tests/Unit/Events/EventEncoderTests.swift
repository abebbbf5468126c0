import XCTest

@testable import Bookings

final class EventEncoderTests: XCTestCase {
    private let encoder = EventEncoder(cursorCipher: CursorCipher(key: [UInt8](repeating: 1, count: 32)))

    private func event(_ kind: BookingEvent.Kind) -> LoggedEvent {
        let made = Timestamp(milliseconds: 1_000)
        let slot = TimeSlot.stored(start: Timestamp(milliseconds: 60_000), end: Timestamp(milliseconds: 120_000))
        let booking = Booking.made(
            id: Identifier(high: 1, low: 2), providerID: Identifier(high: 3, low: 4), customerID: Subject("ann"),
            serviceID: Identifier(high: 5, low: 6), slot: slot, status: .confirmed, at: made)
        return LoggedEvent(
            position: LogPosition(9), event: BookingEvent(booking: booking, kind: kind, occurredAt: made))
    }

    private func members(_ json: [UInt8]) throws -> [String] {
        guard case .object(let members) = try JSONValue.parse(json) else { return [] }
        return members.map(\.name)
    }

    private let notice = ReminderNotice(dueAt: Timestamp(milliseconds: 30_000), lead: .seconds(30), isLate: false)

    func test_a_bookings_event_carries_the_booking_and_its_stamp_with_sorted_members() throws {
        let json = encoder.data(of: event(.action(.create)))
        XCTAssertEqual(
            try members(json),
            [
                "created_at", "customer_id", "end_time", "event", "id", "provider_id", "service_id", "start_time",
                "status", "updated_at", "version",
            ])
        let value = try JSONValue.parse(json)
        XCTAssertEqual(value["event"]?["cursor"]?.string, encoder.cursor(at: LogPosition(9)))
        XCTAssertEqual(value["event"]?["occurred_at"]?.string, "1970-01-01T00:00:01.000Z")
    }

    func test_a_reminder_says_what_the_contract_names() throws {
        let json = encoder.data(of: event(.reminder(notice)))
        XCTAssertEqual(
            try members(json),
            [
                "booking_id", "customer_id", "due_at", "end_time", "event", "late", "minutes_before", "provider_id",
                "service_id", "start_time",
            ])
        XCTAssertEqual(try JSONValue.parse(json)["minutes_before"]?.double, 0.5)
    }

    func test_anonymous_events_say_nothing_of_the_customer() throws {
        XCTAssertEqual(
            try members(encoder.anonymousData(of: event(.action(.create)))),
            ["end_time", "event", "id", "provider_id", "service_id", "start_time"])
        XCTAssertFalse(try members(encoder.anonymousData(of: event(.reminder(notice)))).contains("customer_id"))
    }

    func test_each_thing_that_happens_to_a_booking_has_its_own_event_id() {
        let ids = [
            event(.action(.create)), event(.reminder(notice)),
            event(.reminder(ReminderNotice(dueAt: notice.dueAt, lead: .seconds(60), isLate: false))),
        ].map(\.event.id)
        XCTAssertEqual(Set(ids).count, 3)
        XCTAssertEqual(event(.action(.create)).event.id, ids[0])
    }
}
