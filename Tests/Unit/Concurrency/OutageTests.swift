import XCTest

@testable import Bookings

final class OutageTests: XCTestCase {
    func test_an_outage_begins_with_the_first_failure_and_ends_once() {
        var outage = Outage()
        XCTAssertNil(outage.succeed(at: .zero))
        XCTAssertNil(outage.end())
        XCTAssertEqual(outage.fail("disk full", at: .seconds(1)), .begins(reason: "disk full"))
        XCTAssertNil(outage.fail("disk full", at: .seconds(2)))
        XCTAssertNil(outage.fail("read-only", at: .seconds(3)))
        XCTAssertEqual(outage.reason, "read-only")
        XCTAssertEqual(outage.end(), .ends)
        XCTAssertNil(outage.end())
        XCTAssertNil(outage.reason)
    }

    func test_a_success_ends_an_outage_only_some_time_after_the_last_failure() {
        var outage = Outage()
        _ = outage.fail("disk full", at: .seconds(1))
        XCTAssertNil(outage.succeed(at: .seconds(10)))
        _ = outage.fail("disk full", at: .seconds(10))
        XCTAssertNil(outage.succeed(at: .seconds(19)))
        XCTAssertEqual(outage.succeed(at: .seconds(20)), .ends)
        XCTAssertNil(outage.reason)
    }
}
