import TestSupport
import Testing

@testable import Bookings
@testable import BookingsSQLite

struct ScopeVersionTrackerTests {
    private let provider = ProviderID(high: 0, low: 1)
    private let other = ProviderID(high: 0, low: 2)

    private func open() async throws -> (SQLiteStore, CountedLog, ScopeVersionTracker) {
        let store = try SQLiteStore.open(.memory, identifiers: CountingIdentifiers())
        try await store.migrate(to: nil)
        let log = CountedLog(store)
        return (store, log, ScopeVersionTracker(log, continuity: LogContinuity(clock: ManualClock(TestApp.noon))))
    }

    private func write(_ number: UInt64, of provider: ProviderID, to store: SQLiteStore) async throws {
        let hour = Int(number) * 3600
        _ = try await store.write(creation(of: aBooking(number, provider: provider, slot: slot(hour, hour + 600))))
    }

    @Test func `a scope is looked up once, and then one read tells whether it has changed`() async throws {
        let (store, log, tracker) = try await open()
        let scope = BookingScope(provider: provider)
        var positions: [Int64] = []
        for number: UInt64 in 1...4 {
            try await write(number, of: number == 3 ? other : provider, to: store)
            positions.append(try await tracker.version(of: scope).position.number)
        }
        #expect(positions == [1, 2, 2, 4])
        #expect(log.reads == CountedLog.Reads(changes: 3, lastChanges: 1))
    }

    @Test func `a change is found although another caller has read it`() async throws {
        let (store, _, tracker) = try await open()
        let scopes = [BookingScope(provider: provider), BookingScope(provider: other)]
        var positions: [[Int64]] = [[], []]
        for number: UInt64 in 1...6 {
            try await write(number, of: number % 2 == 0 ? provider : other, to: store)
            for (index, scope) in scopes.enumerated() {
                positions[index].append(try await tracker.version(of: scope).position.number)
            }
        }
        #expect(positions == [[0, 2, 2, 4, 4, 6], [1, 1, 3, 3, 5, 5]])
    }

    @Test func `the version of the whole log is its head`() async throws {
        let (store, log, tracker) = try await open()
        try await write(1, of: provider, to: store)
        let first = try await tracker.version(of: .all)
        try await write(2, of: provider, to: store)
        let second = try await tracker.version(of: .all)
        #expect([first.position, second.position] == [LogPosition(1), LogPosition(2)])
        #expect(log.reads == CountedLog.Reads(changes: 2))
    }
}
