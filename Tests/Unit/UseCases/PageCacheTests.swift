import BookingsRuntime
import Synchronization
import TestSupport
import Testing

@testable import Bookings
@testable import BookingsSQLite

struct PageCacheTests {
    /// A cache of this process that counts how often it is asked for what others stored.
    private final class CountedCache: Cache {
        private let entries = InProcessCache()
        private let asked = Mutex(0)

        var askedCount: Int { asked.withLock { $0 } }

        func value(for key: ByteString, at now: Timestamp) async -> [UInt8]? {
            asked.withLock { $0 += 1 }
            return entries.ownValue(for: key, at: now)
        }
        func ownValue(for key: ByteString, at now: Timestamp) -> [UInt8]? { entries.ownValue(for: key, at: now) }
        func keep(_ value: [UInt8], for key: ByteString, until instant: Timestamp) {
            entries.keep(value, for: key, until: instant)
        }
    }

    private let scope = BookingScope(provider: aProvider)
    private let shared = CountedCache()
    private let readCount = Shared(0)

    private final class Shared: Sendable {
        private let number: Mutex<Int>
        init(_ number: Int) { self.number = Mutex(number) }
        var value: Int { number.withLock { $0 } }
        func increment() { number.withLock { $0 += 1 } }
    }

    /// Requests the page; the store has no rows.
    private func request(_ cache: PageCache, at now: Timestamp) async throws {
        let key = PageKey(target: "/bookings/upcoming", subject: subject("p"), scope: scope)
        _ = try await cache.page(for: key, at: now) { checked in
            let query = BookingQuery(list: .upcoming, scope: scope, asOf: now)
            let page = try await cache.rows(of: query, context: "", number: 1, limit: 10, checked: checked) {
                () throws(BookingError) in
                readCount.increment()
                return (ListPage(rows: [], total: 0, next: nil), nil)
            }
            return (RenderedPage(body: [], link: nil), page.validity)
        }
    }

    @Test func `a page whose scope has just changed is made without asking other replicas for it`() async throws {
        let store = try SQLiteStore.open(.memory, identifiers: CountingIdentifiers())
        try await store.migrate(to: nil)
        let cache = PageCache(
            log: store, continuity: LogContinuity(clock: ManualClock(at(0))), rows: shared, timeToLive: .seconds(30),
            metrics: ServiceMetrics())
        var counts: [[Int]] = []
        for (number, instant) in [0, 100, 200, 300, 5000].enumerated() {
            if number == 2 || number == 4 {
                let hour = number * 3600
                _ = try await store.write(creation(of: aBooking(UInt64(number), slot: slot(hour, hour + 600))))
            }
            try await request(cache, at: at(0) + .milliseconds(instant))
            counts.append([shared.askedCount, readCount.value])
        }
        // Made, reused, changed a moment ago, reused, changed some time ago.
        #expect(counts == [[1, 1], [1, 1], [1, 2], [1, 2], [2, 3]])
    }
}
