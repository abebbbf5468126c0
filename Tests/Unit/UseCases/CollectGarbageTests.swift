import GRDB
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsSQLite

final class CollectGarbageTests: XCTestCase {
    func test_a_run_deletes_all_that_has_expired_however_many_parts_it_takes() async throws {
        let store = try SQLiteStore.open(.memory, identifiers: CountingIdentifiers())
        try await store.migrate(to: nil)
        let count = CollectGarbage.partSize * 2 + 10
        for number in 0..<count {
            let now = at(number)
            let record = IdempotencyRecord(
                key: IdempotencyKey(subject: subject("ann"), method: "POST", path: "/bookings", key: "\(number)"),
                bodyDigest: [],
                answer: StoredAnswer(
                    status: 201, contentType: "application/json", etag: nil, location: nil, body: []),
                createdAt: now)
            let booking = aBooking(UInt64(number), slot: slot(90_000 + number * 60, 90_060 + number * 60), at: now)
            _ = try await store.write(creation(of: booking, idempotency: record))
        }
        let collect = CollectGarbage(log: store, store: store, retention: .seconds(7200))
        // All but ten have expired, by the shorter of both periods; of the records none has.
        try await collect.runOnce(at: at(count - 10 + 7200))
        let tail = try await store.tail(after: LogPosition(Int64(count - 10)), limit: 100)
        XCTAssertEqual(tail?.events.count, 10)
        let trimmed = try await store.tail(after: LogPosition(Int64(count - 11)), limit: 100)
        XCTAssertNil(trimmed)
        var records = try await store.read { try Int.fetchOne($0, sql: "select count(*) from idempotency_records") }
        XCTAssertEqual(records, count)
        try await collect.runOnce(at: at(count - 10 + 24 * 3600))
        records = try await store.read { try Int.fetchOne($0, sql: "select count(*) from idempotency_records") }
        XCTAssertEqual(records, 10)
    }
}
