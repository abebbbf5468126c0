import CPostgres
import Synchronization
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsPostgres

/// Returns rows as libpq has them; `nil` is null.
func postgresRows(_ values: [[[UInt8]?]]) -> PostgresRows {
    let result = PQmakeEmptyPGresult(nil, PGRES_TUPLES_OK)!
    var name = Array("column".utf8CString)
    name.withUnsafeMutableBufferPointer { name in
        var columns = (values.first ?? []).map { _ in
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

/// Returns a row for each string, with a single column.
func postgresRows(_ values: String...) -> PostgresRows {
    postgresRows(values.map { [Array($0.utf8)] })
}

/// The results of requests in the order in which they completed, as `name: first column`, `name: none` or `name: error`.
final class RequestLog: Sendable {
    private let recorded = Mutex<[String]>([])

    var lines: [String] { recorded.withLock { $0 } }

    /// Returns a request that records its result under the name.
    func request(
        _ name: String, _ work: StatementRequest.Work? = nil, deadline: ContinuousClock.Instant = .now + .seconds(5),
        isIsolated: Bool = false
    ) -> StatementRequest {
        let work = work ?? .statement(PostgresStatement(name, "select '\(name)'"), [])
        var request = StatementRequest(work: work, deadline: deadline) { result in
            let line =
                switch result {
                case .success(let rows): "\(name): \(rows.first?.optionalText(0) ?? "none")"
                case .failure(let error): "\(name): \(error)"
                }
            self.recorded.withLock { $0.append(line) }
        }
        // An instant before the deadline, however long ago the test case was made.
        if isIsolated { _ = request.retry(after: .transient(""), at: deadline - .seconds(1)) }
        return request
    }

    /// Returns a request for a booking of its own of the provider.
    func write(_ number: UInt64, provider: UInt64, isIsolated: Bool = false) -> StatementRequest {
        let booking = aBooking(number, provider: ProviderID(high: 0, low: provider))
        return request("\(number)", .write(WriteColumns(creation(of: booking))), isIsolated: isIsolated)
    }
}
