import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsSocketIO

final class SocketAudienceTests: XCTestCase {
    private static let other = ProviderID(high: 0x9999_9999_9999_4999, low: 0x8999_9999_9999_9999)

    func test_who_hears_what() {
        let mine = aBooking(customer: subject("ann"))
        let nobodys = aBooking(provider: Self.other)
        let table: [(String, SocketAudience, hearsMine: Bool, hearsNobodys: Bool)] = [
            ("the provider", .scope(BookingScope(provider: aProvider)), true, false),
            ("another provider", .scope(BookingScope(provider: Self.other)), false, true),
            ("the customer", .scope(BookingScope(customer: subject("ann"))), true, false),
            ("another customer", .scope(BookingScope(customer: subject("bob"))), false, false),
            ("both", .scope(BookingScope(provider: Self.other, customer: subject("ann"))), true, true),
            ("an admin", .scope(.all), true, true),
            ("nobody known", .anonymous, true, true),
        ]
        for (name, audience, hearsMine, hearsNobodys) in table {
            XCTAssertEqual(audience.hears(mine), hearsMine, name)
            XCTAssertEqual(audience.hears(nobodys), hearsNobodys, name)
        }
    }

    func test_anonymous_data_has_exactly_the_fields_of_the_contract() throws {
        let common: Set = ["provider_id", "service_id", "start_time", "end_time", "event"]
        let booking = aBooking(customer: subject("ann"))
        let notice = ReminderNotice(dueAt: at(3000), lead: .seconds(600), isLate: false)
        XCTAssertEqual(
            try members(.action(.create), of: booking), common.union(["id"]))
        XCTAssertEqual(
            try members(.reminder(notice), of: booking),
            common.union(["booking_id", "due_at", "minutes_before", "late"]))
    }

    func test_the_full_data_goes_to_everyone_but_the_anonymous() {
        let event = BookingEvent(booking: aBooking(customer: subject("ann")), kind: .action(.create), occurredAt: at(0))
        let encoded = EncodedEvent(
            LoggedEvent(position: LogPosition(1), event: event),
            encoder: EventEncoder(cursorCipher: CursorCipher(key: [UInt8](repeating: 1, count: 32))), carriesOffset: false)
        func text(_ audience: SocketAudience) -> String { String(decoding: encoded.text(for: audience), as: UTF8.self) }
        XCTAssertTrue(text(.scope(.all)).contains("\"customer_id\":\"ann\""))
        XCTAssertFalse(text(.anonymous).contains("ann"))
        XCTAssertTrue(text(.anonymous).hasPrefix("42[\"booking.created\",{"))
    }

    private func members(_ kind: BookingEvent.Kind, of booking: Booking) throws -> Set<String> {
        let encoder = EventEncoder(cursorCipher: CursorCipher(key: [UInt8](repeating: 1, count: 32)))
        let event = BookingEvent(booking: booking, kind: kind, occurredAt: at(0))
        let data = encoder.anonymousData(of: LoggedEvent(position: LogPosition(1), event: event))
        guard case .object(let members) = try JSONValue.parse(data) else { return [] }
        return Set(members.map(\.name))
    }
}
