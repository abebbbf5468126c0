import TestSupport
import XCTest

@testable import Bookings

final class ReminderKindTests: XCTestCase {
    func test_the_booking_of_an_event_is_among_the_candidates_of_its_kind() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<200 {
            let bits = (0..<2).map { _ in UInt64(random.below(.max)) &* 0x9e37_79b9_7f4a_7c15 }
            let booking = BookingID(high: bits[0], low: bits[1])
            let kind = ReminderKind(
                timesVersion: 1 + random.below(5000), lead: .milliseconds(Int64(random.below(604_800_000))))
            let identity = ReminderIdentity(bookingID: booking, timesVersion: kind.timesVersion, lead: kind.lead)
            let candidates = kind.candidates(for: identity.eventID)
            XCTAssertEqual(candidates.count, 64)
            XCTAssertTrue(candidates.contains(identity), "\(identity)")
            XCTAssertEqual(Set(candidates.map(\.eventID)), [identity.eventID])
        }
    }

    func test_another_kind_has_other_candidates() {
        let identity = ReminderIdentity(bookingID: aBooking().id, timesVersion: 1, lead: .seconds(600))
        for kind in [ReminderKind(timesVersion: 2, lead: .seconds(600)), ReminderKind(timesVersion: 1, lead: .zero)] {
            XCTAssertFalse(kind.candidates(for: identity.eventID).contains { $0.bookingID == identity.bookingID })
        }
    }
}
