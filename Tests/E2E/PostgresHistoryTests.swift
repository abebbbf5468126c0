import Foundation
import TestSupport
import XCTest

@testable import BookingsPostgres

/// The blocks that statements read do not depend on how much history lies behind them.
final class PostgresHistoryTests: PostgresTestCase {
    func test_the_blocks_that_statements_read_do_not_grow_with_the_history() async throws {
        var short: [String: Int] = [:]
        for size in [20_000, 200_000] {
            let url = try await EphemeralServices.freshDatabase()
            try await store(on: url).migrate(to: nil)
            let history = try await LargeHistory.fill(url, size: size)
            for cost in StatementCost.all(history) {
                let blocks = try await blocks(of: cost, on: url)
                XCTAssertLessThanOrEqual(blocks, cost.maximumBlocks, "\(cost.name), \(size) bookings")
                // A tree of ten times as many rows may be one level deeper, and a search in it a few steps longer.
                let before = short.updateValue(blocks, forKey: cost.name) ?? blocks
                guard !cost.readsDays else { continue }
                XCTAssertLessThanOrEqual(blocks, before * 2, "\(cost.name), \(size) bookings")
            }
        }
    }

    /// Returns the blocks of one execution, after another that has read the catalog.
    private func blocks(of cost: StatementCost, on url: String) async throws -> Int {
        let parameters = cost.parameters.map { $0.map { "'\($0)'" } ?? "null" }.joined(separator: ", ")
        let execution = parameters.isEmpty ? "execute cost" : "execute cost(\(parameters))"
        let explained = try await EphemeralServices.sql(
            """
            \(cost.settings.map { "set \($0.0) = \($0.1);" }.joined(separator: " "))
            set plan_cache_mode = force_generic_plan;
            prepare cost as \(cost.statement.sql);
            commit;
            begin; \(cost.preparation); \(execution); rollback;
            begin; \(cost.preparation); explain (analyze, buffers, format json) \(execution); rollback;
            """, on: url)
        XCTAssertEqual(explained.status, 0, "\(cost.name): \(explained.lines)")
        let lines = explained.lines.drop { $0 != "[" }.joined(separator: "\n")
        let report = try JSONSerialization.jsonObject(with: Data(lines.utf8)) as? [[String: Any]]
        let plan = try XCTUnwrap(report?.first?["Plan"] as? [String: Any], cost.name)
        let counts = ["Shared Hit Blocks", "Shared Read Blocks"].map { plan[$0] as? Int ?? 0 }
        return counts.reduce(0, +)
    }
}
