import XCTest

@testable import Bookings
@testable import BookingsRedis

final class PendingAnnouncementsTests: XCTestCase {
    private var announcements = PendingAnnouncements()

    private func add(_ number: Int64) -> Bool { announcements.add(LogPosition(number)) }
    private func next() -> Int64? { announcements.next()?.number }

    func test_one_announcement_is_published_at_a_time() {
        XCTAssertTrue(add(1))
        XCTAssertEqual(next(), 1)
        XCTAssertFalse(add(2))
        XCTAssertEqual(next(), 2)
        XCTAssertNil(next())
        XCTAssertTrue(add(3))
    }

    func test_of_those_that_wait_only_the_newest_position_is_published() {
        XCTAssertTrue(add(1))
        XCTAssertEqual(next(), 1)
        for number in [Int64(4), 2, 3] { XCTAssertFalse(add(number)) }
        XCTAssertEqual(next(), 4)
        XCTAssertNil(next())
    }

    func test_the_last_position_is_published_again_on_demand() {
        XCTAssertFalse(announcements.addLast())
        XCTAssertTrue(add(5))
        XCTAssertEqual(next(), 5)
        XCTAssertNil(next())
        XCTAssertTrue(announcements.addLast())
        XCTAssertEqual(next(), 5)
    }
}
