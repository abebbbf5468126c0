import TestSupport
import XCTest

@testable import Bookings

/// The ports that replicas share, kept by the adapters of a single process.
final class SharedPortTests: XCTestCase {
    func test_the_cache_of_the_process_keeps_the_contract() async throws {
        let cache = InProcessCache()
        try await CacheContract(cache, cache).verify(now: at(0))
    }

    func test_the_rate_limiter_of_the_process_keeps_the_contract() async throws {
        let limiter = InProcessRateLimiter()
        try await RateLimiterContract(limiter, limiter).verify()
    }

    func test_the_bus_of_the_process_keeps_the_contract() async throws {
        let bus = InProcessEventBus()
        try await EventBusContract(bus, bus).verify()
    }

    func test_a_full_cache_forgets_the_oldest() async {
        let cache = InProcessCache(capacityInBytes: 30)
        for number in 0..<4 { cache.keep(Array(repeating: 1, count: 10), for: ByteString("\(number)"), until: at(60)) }
        let oldest = await cache.value(for: "0", at: at(0))
        let newest = await cache.value(for: "3", at: at(0))
        XCTAssertNil(oldest)
        XCTAssertEqual(newest?.count, 10)
    }
}
