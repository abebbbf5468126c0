import CPostgres
import Synchronization
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsPostgres

final class StatementBatchTests: XCTestCase {
    private func job(
        _ number: UInt64, ofProvider provider: UInt64, isAlone: Bool = false,
        finish: @escaping @Sendable (Result<PostgresRows, PostgresError>) -> Void = { _ in }
    ) -> StatementRequest {
        let booking = aBooking(number, provider: ProviderID(high: 0, low: provider))
        return StatementRequest(
            work: .write(WriteColumns(creation(of: booking))), deadline: .now, isAlone: isAlone, finish: finish)
    }

    private func sizes(_ jobs: [StatementRequest]) -> [Int] { StatementBatch.packing(jobs).map(\.jobs.count) }

    func test_writes_for_different_providers_go_out_as_one() {
        XCTAssertEqual(sizes((1...5).map { job($0, ofProvider: $0) }), [5])
    }

    func test_writes_for_one_provider_go_out_one_after_the_other() {
        let others = (4...5).map { job($0, ofProvider: $0) }
        XCTAssertEqual(sizes((1...3).map { job($0, ofProvider: 1) } + others), [3, 1, 1])
    }

    func test_a_write_without_company_goes_as_itself() {
        let jobs = [job(1, ofProvider: 1), job(2, ofProvider: 1), job(3, ofProvider: 2)]
        let parcels = StatementBatch.packing(jobs)
        XCTAssertEqual(parcels.map(\.statement.name), ["writes", "write"])
        let column = BookingColumns.parameters(aBooking(2))[0]
        XCTAssertEqual(parcels[1].parameters.first, column)
        XCTAssertEqual(parcels.map(\.parameters.count), [31, 30])
    }

    func test_a_write_that_failed_with_others_goes_alone() {
        XCTAssertEqual(sizes([job(1, ofProvider: 1, isAlone: true), job(2, ofProvider: 2)]), [1, 1])
    }

    func test_each_write_gets_its_own_row() {
        let heard = Heard()
        let jobs = (1...3).map { number in
            job(number, ofProvider: number) { result in
                if case .success(let rows) = result { heard.add(rows.first?.optionalText(0) ?? "nothing") }
            }
        }
        StatementBatch.packing(jobs)[0].finish(rows([[Array("1".utf8)], [Array("2".utf8)], [Array("3".utf8)]]))
        XCTAssertEqual(heard.texts, ["1", "2", "3"])
    }

    private func lookUp(
        _ statement: PostgresStatement, _ keys: [String?], into heard: Heard, isAlone: Bool = false
    ) -> StatementRequest {
        let name = "\(statement.name) \(keys.compactMap { $0 }.joined(separator: "/"))"
        return StatementRequest(work: .lookUp(BatchedLookup(statement, keys)), deadline: .now, isAlone: isAlone) {
            result in
            let row = try? result.get().first
            heard.add("\(name): \(row?.optionalText(0) ?? "none")")
        }
    }

    func test_look_ups_go_out_as_one_for_each_statement_and_each_gets_its_own_row() {
        let heard = Heard()
        let jobs = [
            lookUp(Statements.lastChange, ["p", nil], into: heard), lookUp(Statements.booking, ["a"], into: heard),
            lookUp(Statements.booking, ["b"], into: heard), lookUp(Statements.lastChange, [nil, "c"], into: heard),
            lookUp(Statements.booking, ["a"], into: heard),
        ]
        let parcels = StatementBatch.packing(jobs)
        XCTAssertEqual(parcels.map(\.statement.name), ["last_change", "booking"])
        XCTAssertEqual(
            parcels.map(\.parameters), [[#"{"p",null}"#, #"{null,"c"}"#], [#"{"a","b","a"}"#]])
        parcels[0].finish(found([("8", 2), ("7", 1)]))
        parcels[1].finish(found([("first", 1), ("third", 3)]))
        XCTAssertEqual(
            heard.texts,
            ["last_change p: 7", "last_change c: 8", "booking a: first", "booking b: none", "booking a: third"])
    }

    func test_look_ups_without_keys_get_the_same_row() {
        let heard = Heard()
        let parcels = StatementBatch.packing((1...2).map { _ in lookUp(Statements.head, [], into: heard) })
        XCTAssertEqual(parcels.map(\.parameters), [[]])
        parcels[0].finish(rows([[Array("12".utf8)]]))
        XCTAssertEqual(heard.texts, ["head : 12", "head : 12"])
    }

    func test_a_look_up_that_failed_with_others_goes_alone() {
        let heard = Heard()
        let jobs = [true, false, false].map { lookUp(Statements.booking, ["a"], into: heard, isAlone: $0) }
        XCTAssertEqual(StatementBatch.packing(jobs).map(\.jobs.count), [2, 1])
    }

    func test_a_row_is_read_by_type() throws {
        let row = rows(
            [
                [
                    [255, 255, 255, 255, 255, 255, 255, 244], nil, [1], [0, 255], [255, 254], [0, 0, 1, 0], [1, 2, 3],
                    Array(1...16),
                ]
            ])[0]
        XCTAssertEqual(try row.integer(0), -12)
        XCTAssertEqual(try row.integer(4), -2)
        XCTAssertEqual(try row.integer(5), 256)
        XCTAssertNil(try row.optionalInteger(1))
        XCTAssertTrue(row.flag(2))
        XCTAssertFalse(row.flag(1))
        XCTAssertEqual(try row.bytes(3), [0, 255])
        let id: BookingID = try row.identifier(7)
        XCTAssertEqual(id.description, "01020304-0506-0708-090a-0b0c0d0e0f10")
        for column in [1, 2, 6, 7] { XCTAssertThrowsError(try row.integer(column), "column \(column)") }
        XCTAssertThrowsError(try row.text(1))
        XCTAssertThrowsError(try row.identifier(0) as BookingID)
        XCTAssertEqual([UInt8]([0, 255]).hexadecimal, "\\x00ff")
    }

    /// Rows of a text and, behind it, the number of the caller.
    private func found(_ values: [(text: String, number: UInt8)]) -> PostgresRows {
        rows(values.map { [Array($0.text.utf8), [0, 0, 0, 0, 0, 0, 0, $0.number]] })
    }

    /// A result as libpq makes it.
    private func rows(_ values: [[[UInt8]?]]) -> PostgresRows {
        let result = PQmakeEmptyPGresult(nil, PGRES_TUPLES_OK)!
        var name = Array("column".utf8CString)
        name.withUnsafeMutableBufferPointer { name in
            var columns = values[0].map { _ in
                PGresAttDesc(
                    name: name.baseAddress, tableid: 0, columnid: 0, format: 1, typid: 17, typlen: -1, atttypmod: -1)
            }
            XCTAssertEqual(PQsetResultAttrs(result, Int32(columns.count), &columns), 1)
        }
        for (row, values) in values.enumerated() {
            for (column, value) in values.enumerated() {
                var bytes = (value ?? []).map { CChar(bitPattern: $0) }
                let length = value.map { Int32($0.count) } ?? -1
                XCTAssertEqual(PQsetvalue(result, Int32(row), Int32(column), &bytes, length), 1)
            }
        }
        return PostgresRows(PostgresResult(raw: result))
    }

    private final class Heard: Sendable {
        private let all = Mutex<[String]>([])
        var texts: [String] { all.withLock { $0 } }
        func add(_ text: String) { all.withLock { $0.append(text) } }
    }

    func test_an_array_is_text_with_every_element_in_quotes() {
        let table: [([String?], String)] = [
            ([], "{}"), ([nil, "null"], #"{null,"null"}"#), (["", "a,b", "{}"], #"{"","a,b","{}"}"#),
            ([#"\x00"#, #"say "hi""#], #"{"\\x00","say \"hi\""}"#),
        ]
        for (elements, text) in table { XCTAssertEqual(WriteColumns.array(elements), text) }
    }

    func test_what_passes_is_told_from_a_defect() {
        let passing = ["", "08006", "25006", "40001", "40P01", "53100", "53300", "57014", "57P01", "57P05", "58030"]
        for state in passing + ["42P01"] {
            guard case .unavailable = PostgresError(state: state, message: "m").storeError else {
                XCTFail(state)
                continue
            }
        }
        for state in ["22P02", "23505", "23514", "42601", "XX000"] {
            guard case .corrupt = PostgresError(state: state, message: "m").storeError else {
                XCTFail(state)
                continue
            }
        }
    }
}
