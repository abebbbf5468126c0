import Logging
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsPostgres
@testable import BookingsRuntime

/// The store and the values that tests of single PostgreSQL statements share.
class PostgresTestCase: XCTestCase {
    func store(on url: String) -> PostgresStore {
        PostgresStore(url: url, identifiers: SystemIdentifiers(), logger: Logger(label: "test"))
    }

    func record(_ key: String, at now: Timestamp = at(0)) -> IdempotencyRecord {
        IdempotencyRecord(
            key: IdempotencyKey(subject: subject("ann"), method: "POST", path: "/bookings", key: key),
            bodyDigest: [1, 2, 3],
            answer: StoredAnswer(
                status: 201, contentType: "application/json", etag: nil, location: "/x", body: Array("\(now)".utf8)),
            createdAt: now)
    }

    func booking(
        _ number: UInt64, provider: UInt64, customer: String? = nil, slot: TimeSlot = slot(3600, 7200),
        status: BookingStatus = .confirmed, at now: Timestamp = at(0)
    ) -> Booking {
        aBooking(
            number, provider: ProviderID(high: 0, low: provider), customer: customer.map { subject($0) }, slot: slot,
            status: status, at: now)
    }
}
