import BookingsSQLite
import Synchronization
import TestSupport
import XCTest

@testable import Bookings

final class RelayEventsTests: XCTestCase {
    private final class Heard: Sendable {
        let places = Mutex<[LogPosition]>([])
    }

    func testEachEventIsHandedOnOnceAndASliceThatIsNotFullIsTheLast() async throws {
        let store = try SQLiteStore.open(.memory, identifiers: CountingIdentifiers())
        try await store.migrate(to: nil)
        let log = CountedLog(store)
        let heard = Heard()
        var relay = RelayEvents(log: log, from: .start) { events, _ in
            heard.places.withLock { $0 += events.map(\.position) }
        }
        try await relay.runOnce()
        XCTAssertEqual(log.readings.slices, 1)
        for number: UInt64 in 1...3 {
            _ = try await store.write(creation(of: aBooking(number, provider: ProviderID(high: 0, low: number))))
        }
        try await relay.runOnce()
        try await relay.runOnce()
        XCTAssertEqual(heard.places.withLock { $0 }, [1, 2, 3].map { LogPosition($0) })
        XCTAssertEqual(log.readings.slices, 3)
    }
}
