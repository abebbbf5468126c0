import TestSupport
import XCTest

@testable import Bookings

/// The ports that replicas share, as a single process implements them.
final class InProcessAdapterTests: XCTestCase {
    func test_the_cache_keeps_the_contract() async throws {
        let cache = InProcessCache()
        try await CacheContract(cache, cache).verify(now: at(0))
    }

    func test_the_rate_limiter_keeps_the_contract() async throws {
        let limiter = InProcessRateLimiter()
        try await RateLimiterContract(limiter, limiter).verify()
    }

    func test_the_event_bus_keeps_the_contract() async throws {
        let bus = InProcessEventBus()
        try await EventBusContract(bus, bus).verify()
    }

    func test_a_full_cache_evicts_the_oldest_entry() async {
        let cache = InProcessCache(capacity: 30)
        for number in 0..<4 { cache.keep(Array(repeating: 1, count: 10), for: ByteString("\(number)"), until: at(60)) }
        let oldest = await cache.value(for: "0", at: at(0))
        let newest = await cache.value(for: "3", at: at(0))
        XCTAssertNil(oldest)
        XCTAssertEqual(newest?.count, 10)
    }
}
