import XCTest

@testable import LoadTest

final class LimitSearchTests: XCTestCase {
    /// Searches a limit, and returns the search and the number of its steps.
    private func search(_ limit: Double, from rate: Double) -> (LimitSearch, steps: Int) {
        var search = LimitSearch(from: rate)
        var steps = 0
        while let next = search.next {
            steps += 1
            search.record(held: next <= limit)
        }
        return (search, steps)
    }

    func test_the_limit_is_found_between_two_rates_that_differ_by_five_percent() throws {
        for limit in [1.5, 93, 100, 101, 777, 12_345] {
            let (search, steps) = search(limit, from: 100)
            let (held, missed) = (try XCTUnwrap(search.held), try XCTUnwrap(search.missed))
            XCTAssertLessThanOrEqual(held, limit)
            XCTAssertGreaterThan(missed, limit)
            XCTAssertLessThan(missed / held, 1.05)
            XCTAssertLessThanOrEqual(steps, 14, "\(limit)")
        }
    }

    func test_a_service_that_holds_no_rate_ends_the_search() {
        let (search, _) = search(0, from: 100)
        XCTAssertNil(search.held)
    }

    func test_a_service_without_a_limit_ends_the_search() {
        let (search, _) = search(.infinity, from: 100)
        XCTAssertNil(search.missed)
    }
}
