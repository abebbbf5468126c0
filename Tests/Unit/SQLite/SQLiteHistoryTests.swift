import GRDB
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsSQLite

/// The pages that calls of the store read do not depend on how much history lies behind them.
final class SQLiteHistoryTests: XCTestCase {
    func test_the_pages_that_calls_read_do_not_grow_with_the_history() async throws {
        var short: [String: Int] = [:]
        for size in [20_000, 200_000] {
            let history = try await SQLiteHistory.fill(size: size)
            let table = try await history.pages { store in
                _ = try await store.read { try Int.fetchOne($0, sql: "select sum(times_version) from bookings") }
            }
            XCTAssertGreaterThan(table, size / 50, "The reading of a table was not counted.")
            for cost in StoreCost.all(history) {
                let pages = try await history.pages(cost.call)
                XCTAssertLessThanOrEqual(pages, cost.maximumPages, "\(cost.name), \(size) bookings")
                // A tree of ten times as many rows may be one level deeper, and a search in it a few steps longer.
                let before = short.updateValue(pages, forKey: cost.name) ?? pages
                XCTAssertLessThanOrEqual(pages, before * 2, "\(cost.name), \(size) bookings")
            }
        }
    }
}
