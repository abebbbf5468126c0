import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsSQLite

final class ScopeVersionTrackerTests: XCTestCase {
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

    func test_only_the_head_is_read_while_nothing_is_written() async throws {
        let (store, log, tracker) = try await open()
        try await write(1, of: provider, to: store)
        let scope = BookingScope(provider: provider)
        var latest = try await tracker.version(of: scope, since: nil)
        XCTAssertEqual(latest.change.position, LogPosition(1))
        // The first iteration reads the head of the log.
        for _ in 1...3 { latest = try await tracker.version(of: scope, since: latest) }
        XCTAssertEqual(latest.change.position, LogPosition(1))
        XCTAssertEqual(log.reads, CountedLog.Reads(heads: 3, lastChanges: 2))
    }

    func test_a_change_in_the_scope_is_found_even_if_another_caller_read_the_head() async throws {
        let (store, _, tracker) = try await open()
        let (own, others) = (BookingScope(provider: provider), BookingScope(provider: other))
        var latest = try await tracker.version(of: own, since: nil)
        var latestOfOthers = try await tracker.version(of: others, since: nil)
        for number: UInt64 in 1...6 {
            let isOwn = number % 2 == 0
            try await write(number, of: isOwn ? provider : other, to: store)
            if number % 3 == 0 { latestOfOthers = try await tracker.version(of: others, since: latestOfOthers) }
            let version = try await tracker.version(of: own, since: latest)
            XCTAssertEqual(version.change.position, LogPosition(Int64(isOwn ? number : number - 1)))
            latest = version
        }
        let versionOfOthers = try await tracker.version(of: others, since: latestOfOthers)
        XCTAssertEqual(versionOfOthers.change.position, LogPosition(5))
    }

    func test_the_version_of_the_whole_log_is_its_head() async throws {
        let (store, log, tracker) = try await open()
        try await write(1, of: provider, to: store)
        let latest = try await tracker.version(of: .all, since: nil)
        try await write(2, of: provider, to: store)
        let next = try await tracker.version(of: .all, since: latest)
        XCTAssertEqual([latest.change.position, next.change.position], [LogPosition(1), LogPosition(2)])
        XCTAssertEqual(log.reads, CountedLog.Reads(heads: 2))
    }
}
