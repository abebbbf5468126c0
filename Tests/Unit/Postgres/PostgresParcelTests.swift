import Bookings
import Synchronization
import TestSupport
import XCTest

@testable import BookingsPostgres

final class PostgresParcelTests: XCTestCase {
    private func job(
        _ number: UInt64, ofProvider provider: UInt64, isAlone: Bool = false,
        finish: @escaping @Sendable (Result<PostgresRows, PostgresFault>) -> Void = { _ in }
    ) -> PostgresJob {
        let booking = aBooking(number, provider: ProviderID(high: 0, low: provider))
        return PostgresJob(
            work: .write(WriteColumns(creation(of: booking))), deadline: .now, isAlone: isAlone, finish: finish)
    }

    private func sizes(_ jobs: [PostgresJob]) -> [Int] { PostgresParcel.packing(jobs).map(\.jobs.count) }

    func testWritesForDifferentProvidersGoOutAsOne() {
        XCTAssertEqual(sizes((1...5).map { job($0, ofProvider: $0) }), [5])
    }

    func testWritesForOneProviderGoOutOneAfterTheOther() {
        let others = (4...5).map { job($0, ofProvider: $0) }
        XCTAssertEqual(sizes((1...3).map { job($0, ofProvider: 1) } + others), [3, 1, 1])
    }

    func testAWriteWithoutCompanyGoesAsItself() {
        let jobs = [job(1, ofProvider: 1), job(2, ofProvider: 1), job(3, ofProvider: 2)]
        let parcels = PostgresParcel.packing(jobs)
        XCTAssertEqual(parcels.map(\.statement.name), ["writes", "write"])
        let column = BookingColumns.parameters(aBooking(2))[0]
        XCTAssertEqual(parcels[1].parameters.first, column)
        XCTAssertEqual(parcels.map(\.parameters.count), [31, 30])
    }

    func testAWriteThatFailedWithOthersGoesAlone() {
        XCTAssertEqual(sizes([job(1, ofProvider: 1, isAlone: true), job(2, ofProvider: 2)]), [1, 1])
    }

    func testEachWriteGetsItsOwnRow() {
        let heard = Heard()
        let jobs = (1...3).map { number in
            job(number, ofProvider: number) { result in
                if case .success(let rows) = result { heard.add(rows.first?.optionalText(0) ?? "nothing") }
            }
        }
        PostgresParcel.packing(jobs)[0].finish(PostgresRows(columns: 1, values: ["1", "2", "3"]))
        XCTAssertEqual(heard.texts, ["1", "2", "3"])
    }

    private final class Heard: Sendable {
        private let all = Mutex<[String]>([])
        var texts: [String] { all.withLock { $0 } }
        func add(_ text: String) { all.withLock { $0.append(text) } }
    }

    func testAnArrayIsTextWithEveryElementInQuotes() {
        let table: [([String?], String)] = [
            ([], "{}"), ([nil, "null"], #"{null,"null"}"#), (["", "a,b", "{}"], #"{"","a,b","{}"}"#),
            ([#"\x00"#, #"say "hi""#], #"{"\\x00","say \"hi\""}"#),
        ]
        for (elements, text) in table { XCTAssertEqual(WriteColumns.array(elements), text) }
    }

    func testWhatPassesIsToldFromADefect() {
        let passing = ["", "08006", "25006", "40001", "40P01", "53100", "53300", "57014", "57P01", "57P05", "58030"]
        for state in passing + ["42P01"] {
            guard case .unavailable = PostgresFault(state: state, message: "m").storeError else {
                XCTFail(state)
                continue
            }
        }
        for state in ["22P02", "23505", "23514", "42601", "XX000"] {
            guard case .corrupt = PostgresFault(state: state, message: "m").storeError else {
                XCTFail(state)
                continue
            }
        }
    }
}
