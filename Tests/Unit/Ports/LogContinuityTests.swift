import TestSupport
import Testing

@testable import Bookings
@testable import BookingsSQLite

@Suite("Places of a log that went back") struct LogContinuityTests {
    private let clock = ManualClock(TestApp.noon)
    private let rewind = LogRewind(agreesThrough: LogPosition(5), known: LogPosition(10), head: LogPosition(7))

    @Test func `cursors of lost events are doubtful while the clients that hold them come back`() {
        let continuity = LogContinuity(clock: clock)
        #expect(!continuity.isDoubtful(LogPosition(8)))
        continuity.wentBack(rewind)
        let doubtful = (4...12).filter { continuity.isDoubtful(LogPosition(Int64($0))) }
        #expect(doubtful == [6, 7, 8, 9, 10])
        clock.advance(by: .seconds(10))
        #expect(!continuity.isDoubtful(LogPosition(8)))
    }

    @Test func `each rewind begins an era of its own`() {
        let continuity = LogContinuity(clock: clock)
        var eras = [continuity.era]
        for _ in 1...2 {
            continuity.wentBack(rewind)
            eras.append(continuity.era)
        }
        #expect(eras.first == "")
        #expect(Set(eras).count == 3)
    }

    @Test func `what was found of a scope before a rewind says nothing after it`() async throws {
        let continuity = LogContinuity(clock: clock)
        let store = try SQLiteStore.open(.memory, identifiers: CountingIdentifiers())
        try await store.migrate(to: nil)
        _ = try await store.write(creation(of: aBooking(1, provider: ProviderID(high: 0, low: 1))))
        let changes = ScopeVersionTracker(store, continuity: continuity)
        let scope = BookingScope(provider: ProviderID(high: 0, low: 1))
        let before = try await changes.version(of: scope)
        continuity.wentBack(rewind)
        let after = try await changes.version(of: scope)
        #expect(before.position == after.position)
        #expect(before != after)
        #expect(
            CachedPageCodec.key("list", number: 1, limit: 10, version: before)
                != CachedPageCodec.key("list", number: 1, limit: 10, version: after))
    }
}
