import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsPostgres

final class StatementBatchTests: XCTestCase {
    private let log = RequestLog()

    private func lookup(
        _ statement: PostgresStatement, _ keys: [String?], sharesRows: Bool = false, isIsolated: Bool = false
    ) -> StatementRequest {
        let name = ([statement.name] + keys.compactMap { $0 }).joined(separator: " ")
        return log.request(
            name, .lookup(BatchedLookup(statement, keys, sharesRows: sharesRows)), isIsolated: isIsolated)
    }

    private func requestCounts(_ requests: [StatementRequest]) -> [Int] {
        StatementBatch.combining(requests).map(\.requests.count)
    }

    private func deliver(_ rows: PostgresRows, to batch: StatementBatch) {
        batch.distribute(rows) { $0.complete($1) }
    }

    /// Returns rows of a value and, behind it, the ordinal of the lookup.
    private func found(_ values: [(value: String, ordinal: UInt8)]) -> PostgresRows {
        postgresRows(values.map { [Array($0.value.utf8), [0, 0, 0, 0, 0, 0, 0, $0.ordinal]] })
    }

    // MARK: - Writes

    func test_writes_for_different_providers_share_a_statement() {
        XCTAssertEqual(requestCounts((1...5).map { log.write($0, provider: $0) }), [5])
    }

    func test_writes_for_the_same_provider_are_sent_one_after_the_other() {
        let others = (4...5).map { log.write($0, provider: $0) }
        XCTAssertEqual(requestCounts((1...3).map { log.write($0, provider: 1) } + others), [3, 1, 1])
    }

    func test_a_single_write_calls_the_same_function_as_many() {
        let requests = [log.write(1, provider: 1), log.write(2, provider: 1), log.write(3, provider: 2)]
        let batches = StatementBatch.combining(requests)
        XCTAssertEqual(batches.map(\.statement.name), ["writes", "writes"])
        XCTAssertEqual(batches[1].parameters.first, PostgresArray.literal([BookingColumns.parameters(aBooking(2))[0]]))
        XCTAssertEqual(batches.map(\.parameters.count), [32, 32])
    }

    func test_an_isolated_write_shares_no_statement() {
        XCTAssertEqual(
            requestCounts([log.write(1, provider: 1, isIsolated: true), log.write(2, provider: 2)]), [1, 1])
    }

    func test_each_write_gets_its_own_row() {
        let batch = StatementBatch.combining((1...3).map { log.write($0, provider: $0) })[0]
        deliver(postgresRows("a", "locked"), to: batch)
        XCTAssertEqual(log.lines, ["1: a", "2: rowLocked", "3: refused(\"an outcome is missing\")"])
    }

    func test_a_single_write_whose_row_is_locked_fails() {
        deliver(postgresRows("locked"), to: StatementBatch(log.write(1, provider: 1)))
        XCTAssertEqual(log.lines, ["1: rowLocked"])
    }

    // MARK: - Lookups

    func test_lookups_of_the_same_statement_share_it_and_each_gets_its_own_row() {
        let batches = StatementBatch.combining([
            lookup(Statements.lastChange, ["p", nil]), lookup(Statements.booking, ["a"]),
            lookup(Statements.booking, ["b"]), lookup(Statements.lastChange, [nil, "c"]),
            lookup(Statements.booking, ["a"]),
        ])
        XCTAssertEqual(batches.map(\.statement.name), ["last_change", "booking"])
        XCTAssertEqual(batches.map(\.parameters), [[#"{"p",null}"#, #"{null,"c"}"#], [#"{"a","b","a"}"#]])
        deliver(found([("8", 2), ("7", 1)]), to: batches[0])
        deliver(found([("first", 1), ("third", 3)]), to: batches[1])
        XCTAssertEqual(
            log.lines,
            ["last_change p: 7", "last_change c: 8", "booking a: first", "booking b: none", "booking a: third"])
    }

    func test_lookups_without_keys_get_the_same_row() {
        let batches = StatementBatch.combining((1...2).map { _ in lookup(Statements.head, []) })
        XCTAssertEqual(batches.map(\.parameters), [[]])
        deliver(postgresRows("12"), to: batches[0])
        XCTAssertEqual(log.lines, ["head: 12", "head: 12"])
    }

    func test_lookups_that_share_rows_get_all_of_them() {
        let batches = StatementBatch.combining(["3", "2"].map { lookup(Statements.changes, [$0], sharesRows: true) })
        XCTAssertEqual(batches.map(\.parameters), [[#"{"3","2"}"#]])
        deliver(postgresRows("4", "5"), to: batches[0])
        XCTAssertEqual(log.lines, ["changes 3: 4", "changes 2: 4"])
    }

    func test_an_isolated_lookup_shares_no_statement() {
        let requests = [true, false, false].map { lookup(Statements.booking, ["a"], isIsolated: $0) }
        XCTAssertEqual(requestCounts(requests), [2, 1])
    }

    // MARK: - Values

    func test_an_array_parameter_quotes_every_element() {
        let table: [([String?], String)] = [
            ([], "{}"), ([nil, "null"], #"{null,"null"}"#), (["", "a,b", "{}"], #"{"","a,b","{}"}"#),
            ([#"\x00"#, #"say "hi""#], #"{"\\x00","say \"hi\""}"#),
        ]
        for (elements, parameter) in table { XCTAssertEqual(PostgresArray.literal(elements), parameter) }
    }
}
