import BookingsSQLite
import Synchronization
import TestSupport
import XCTest

@testable import Bookings

final class RelayEventsTests: XCTestCase {
    /// The log of a store, with its readings counted.
    private final class CountedLog: EventLog {
        let log: any EventLog
        let readings = Mutex(0)

        init(_ log: any EventLog) { self.log = log }

        func head() async throws(StoreError) -> LogPosition { try await log.head() }

        func events(
            after position: LogPosition?, in scope: BookingScope, keptSince: Timestamp, limit: Int
        ) async throws(StoreError) -> EventSlice? {
            readings.withLock { $0 += 1 }
            return try await log.events(after: position, in: scope, keptSince: keptSince, limit: limit)
        }

        func oldest(keptSince: Timestamp) async throws(StoreError) -> LogPosition {
            try await log.oldest(keptSince: keptSince)
        }

        func lastChange(in scope: BookingScope) async throws(StoreError) -> LogPosition {
            try await log.lastChange(in: scope)
        }

        func trim(keptSince: Timestamp) async throws(StoreError) { try await log.trim(keptSince: keptSince) }
    }

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
        XCTAssertEqual(log.readings.withLock { $0 }, 1)
        for number: UInt64 in 1...3 {
            _ = try await store.write(creation(of: aBooking(number, provider: ProviderID(high: 0, low: number))))
        }
        try await relay.runOnce()
        try await relay.runOnce()
        XCTAssertEqual(heard.places.withLock { $0 }, [1, 2, 3].map { LogPosition($0) })
        XCTAssertEqual(log.readings.withLock { $0 }, 3)
    }
}
