import Bookings
import XCTest

extension StoreContract {
    @Sendable func test_the_audit_finds_nothing_in_what_the_store_has_written() async throws {
        let store = try await makeStore()
        try await PlantedViolation.fill(store)
        let fourth = try await store.booking(aBooking(4).id)
        let cancelled = try XCTUnwrap(try change(try XCTUnwrap(fourth), .cancel, at: at(1450)))
        _ = try await store.write(cancelled)
        let identity = ReminderIdentity(bookingID: aBooking(3).id, timesVersion: 1, lead: .seconds(600))
        let replayed = try await store.replay(identity.eventID, at: at(1460))
        guard case .announced = replayed else { return XCTFail("\(replayed)") }
        let found = try await store.violations(at: PlantedViolation.now)
        XCTAssertEqual(found, [])
        let audited = try await store.audited(after: nil, limit: 10)
        XCTAssertEqual(audited.map(\.booking.id), (1...4).map { aBooking($0).id })
        XCTAssertEqual(audited.map(\.waiting.count), [1, 1, 0, 0])
        XCTAssertEqual(audited.map(\.recorded.count), [0, 0, 1, 0])
        XCTAssertEqual(audited.map(\.changes.count), [1, 1, 1, 4])
        XCTAssertEqual(audited.map(\.changes.result), audited.map(\.booking))
        // Reminders whose events were trimmed are not missed.
        while try await store.trim(keptSince: at(5000), limit: 10) {}
        let kept = try await store.violations(at: at(1500), retention: .seconds(1))
        XCTAssertEqual(kept, [])
    }
}
