import XCTest

@testable import SimulationKit

/// The newest elements of a sequence that only grows.
final class BoundedLogTests: XCTestCase {
    private func log(of count: Int, capacity: Int) -> BoundedLog<Int> {
        var log = BoundedLog<Int>(capacity: capacity)
        for number in 0..<count { log.append(number) }
        return log
    }

    func test_pages_follow_each_other_without_a_gap() {
        let log = log(of: 25, capacity: 100)
        var (read, next): ([Int], Int) = ([], 0)
        while true {
            let page = log.page(from: next, limit: 10)
            if page.elements.isEmpty { break }
            read += page.elements
            next = page.next
        }
        XCTAssertEqual(read, Array(0..<25))
        XCTAssertFalse(log.hasDropped)
    }

    func test_old_elements_are_dropped_and_their_numbers_stay() {
        let log = log(of: 1000, capacity: 100)
        XCTAssertTrue((100..<110).contains(log.elements.count), "\(log.elements.count)")
        let page = log.page(from: 0, limit: 1)
        XCTAssertEqual(page.elements, [page.oldest])
        XCTAssertEqual(page.next, page.oldest + 1)
        XCTAssertTrue(log.hasDropped)
    }

    func test_a_page_behind_the_end_is_empty() {
        let page = log(of: 3, capacity: 100).page(from: 9, limit: 10)
        XCTAssertEqual(page.elements, [])
        XCTAssertEqual(page.next, 3)
    }
}
