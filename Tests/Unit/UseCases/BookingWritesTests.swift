import Synchronization
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsSQLite

final class BookingWritesTests: XCTestCase {
    private let admin = Principal(
        subject: Subject("root")!, roles: [.admin], providerID: nil, expiresAt: TestApp.noon + .seconds(3600))
    private let new = NewBooking(
        providerID: ProviderID(high: 0, low: 1), serviceID: ServiceID(high: 0, low: 2), customerID: nil,
        slot: TimeSlot.stored(start: TestApp.noon + .seconds(60), end: TestApp.noon + .seconds(120)))

    private func writes() async throws -> BookingWrites {
        let store = try SQLiteStore.open(.memory, identifiers: CountingIdentifiers())
        try await store.migrate(to: nil)
        return BookingWrites(
            store: store, clock: ManualClock(TestApp.noon), identifiers: CountingIdentifiers(),
            plan: ReminderPlan(leads: []), initialStatus: .confirmed, customerAccess: .create, committed: { _ in })
    }

    private func request(
        key: String?, body: [UInt8] = [1], render: @escaping @Sendable (Booking) -> StoredAnswer
    ) -> WriteRequest {
        let key = key.map {
            IdempotencyKey(subject: Subject("root")!, method: "POST", path: "/bookings", key: $0)
        }
        return WriteRequest(
            origin: RequestOrigin(subject: Subject("root")!, roles: [.admin], requestID: "request"),
            idempotency: key.map { IdempotentRequest(key: $0, bodyDigest: body) }, render: render)
    }

    func test_the_response_to_a_write_is_rendered_once_with_or_without_a_key() async throws {
        for key in [nil, "key"] {
            let create = CreateBooking(try await writes())
            let renderings = Mutex(0)
            let request = request(key: key) { booking in
                renderings.withLock { $0 += 1 }
                return StoredAnswer(
                    status: 201, contentType: "text/plain", etag: nil, location: nil, body: Array("\(booking.id)".utf8))
            }
            guard case .done = try await create(new, by: admin, for: request) else { return XCTFail("\(key ?? "-")") }
            XCTAssertEqual(renderings.withLock { $0 }, 1, key ?? "without a key")
        }
    }

    func test_a_repeated_write_returns_the_stored_response_and_another_body_is_a_mismatch() async throws {
        let create = CreateBooking(try await writes())
        let render: @Sendable (Booking) -> StoredAnswer = { booking in
            StoredAnswer(
                status: 201, contentType: "text/plain", etag: nil, location: nil, body: Array("\(booking.id)".utf8))
        }
        guard case .done(let first) = try await create(new, by: admin, for: request(key: "k", render: render)),
            case .replayed(let second) = try await create(new, by: admin, for: request(key: "k", render: render))
        else { return XCTFail("The second write was not a replay.") }
        XCTAssertEqual(first, second)
        do {
            _ = try await create(new, by: admin, for: request(key: "k", body: [2], render: render))
            XCTFail("Another body was accepted.")
        } catch {
            guard case .idempotencyMismatch = error else { return XCTFail("\(error)") }
        }
    }
}
