import Bookings
import XCTest

extension StoreContract {
    @Sendable func test_a_stretch_of_the_log_is_exported_with_requests_and_without_subjects() async throws {
        let store = try await makeStore()
        let booking = aBooking(1, customer: subject("ann"))
        _ = try await store.write(creation(of: booking))
        let confirmed = try await store.booking(booking.id)
        let cancelled = try XCTUnwrap(
            try change(try XCTUnwrap(confirmed), .cancel, at: at(3100), by: anotherOrigin))
        _ = try await store.fireDue(at: at(3000), limit: 10)
        _ = try await store.write(cancelled)
        let all = try await store.exported(after: .start, from: at(0), to: at(4000), limit: 10)
        XCTAssertEqual(all.map(\.logged.position.number), [1, 2, 3])
        XCTAssertEqual(all.map(\.origin), [anOrigin, nil, anotherOrigin])
        let log = try await allEvents(store)
        XCTAssertEqual(all.map(\.logged), log)
        let some = try await store.exported(after: .start, from: at(3000), to: at(3100), limit: 10)
        XCTAssertEqual(some.map(\.logged.position.number), [2])
        let export = ExportLog(
            source: store, store: store, plan: tenMinutes, initialStatus: .confirmed,
            hash: SubjectHash(key: [UInt8](repeating: 1, count: 32)))
        var lines: [String] = []
        try await export.run(from: at(3100), to: at(3101)) { lines.append($0) }
        XCTAssertEqual(lines.count, 3)
        XCTAssertTrue(lines[1].hasPrefix(#"{"before":"#), lines[1])
        XCTAssertTrue(lines[2].contains(#""request_id":"request-2""#), lines[2])
        XCTAssertFalse(lines.joined().contains("ann"), "\(lines)")
        XCTAssertFalse(lines.joined().contains("tester"), "\(lines)")
    }
}
