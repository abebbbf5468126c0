import Bookings
import Synchronization
import XCTest

/// The contract of `Cache`, checked on the caches of two replicas. They may be the same object.
package struct CacheContract: Sendable {
    private let (first, second): (any Cache, any Cache)

    package init(_ first: any Cache, _ second: any Cache) {
        (self.first, self.second) = (first, second)
    }

    /// - Parameter now: The time on the clock of the cache.
    package func verify(now: Timestamp) async throws {
        let value = (0...255).map { UInt8($0) } + Array("\r\n".utf8)
        let missing = await first.value(for: "missing", at: now)
        XCTAssertNil(missing)
        first.keep(value, for: "a key / with blanks\r\n", until: now + .seconds(60))
        let found = await eventually { await second.value(for: "a key / with blanks\r\n", at: now) != nil }
        XCTAssertTrue(found)
        for (instant, expected) in [(59_999, value), (60_000, nil), (90_000, nil)] {
            for view in [first, second] {
                let kept = await view.value(for: "a key / with blanks\r\n", at: now + .milliseconds(instant))
                XCTAssertEqual(kept, expected, "after \(instant) ms")
            }
        }
        first.keep([], for: "empty", until: now + .seconds(60))
        let empty = await first.value(for: "empty", at: now)
        XCTAssertEqual(empty, [])
        first.keep(value, for: "over", until: now)
        let over = await second.value(for: "over", at: now)
        XCTAssertNil(over)
    }
}

/// The contract of `RateLimiter`, checked on the limiters of two replicas.
package struct RateLimiterContract: Sendable {
    private let (first, second): (any RateLimiter, any RateLimiter)

    package init(_ first: any RateLimiter, _ second: any RateLimiter) {
        (self.first, self.second) = (first, second)
    }

    /// Checks that requests are counted for each subject and window.
    package func verify() async throws {
        let limit = RateLimit(requests: 3, window: .seconds(60))
        let begin = Timestamp(milliseconds: 1_900_000_020_000)
        for (used, limiter) in [first, second, first, second, first].enumerated() {
            let usage = await limiter.count(subject("one"), limit, at: begin + .seconds(used))
            XCTAssertEqual(usage, RateUsage(used: used + 1, windowEnds: begin + .seconds(60)))
        }
        let another = await second.count(subject("two"), limit, at: begin)
        XCTAssertEqual(another.used, 1)
        let next = await second.count(subject("one"), limit, at: begin + .seconds(60))
        XCTAssertEqual(next, RateUsage(used: 1, windowEnds: begin + .seconds(120)))
        // Simultaneous requests are counted one by one. There are several rounds, since a race does not occur in each.
        for round in 0..<50 {
            let numbers = await withTaskGroup(of: Int.self) { group in
                for number in 0..<100 {
                    let limiter = number.isMultiple(of: 2) ? first : second
                    group.addTask { await limiter.count(subject("many \(round)"), limit, at: begin).used }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            XCTAssertEqual(numbers.sorted(), Array(1...100))
        }
    }
}

/// The contract of `EventBus`, checked on the buses of two replicas.
package struct EventBusContract: Sendable {
    private let (first, second): (any EventBus, any EventBus)

    package init(_ first: any EventBus, _ second: any EventBus) {
        (self.first, self.second) = (first, second)
    }

    /// Checks that announcements reach both replicas.
    package func verify() async throws {
        let receivedByFirst = Mutex(LogPosition.start)
        let receivedBySecond = Mutex(LogPosition.start)
        first.listen { head in receivedByFirst.withLock { $0 = max($0, head) } }
        second.listen { head in receivedBySecond.withLock { $0 = max($0, head) } }
        for number in 1...500 { first.announce(LogPosition(Int64(number))) }
        XCTAssertEqual(
            receivedByFirst.withLock { $0 }, LogPosition(500), "An announcement reaches its own replica at once.")
        let hasReachedSecond = await eventually { receivedBySecond.withLock { $0 } >= LogPosition(500) }
        XCTAssertTrue(hasReachedSecond)
        second.announce(LogPosition(501))
        let hasReachedFirst = await eventually { receivedByFirst.withLock { $0 } >= LogPosition(501) }
        XCTAssertTrue(hasReachedFirst)
    }
}

/// Waits until the condition holds. Returns false when it does not within 30 seconds.
///
/// What happens in this process holds after a few turns of the executor. What another process does is looked at each
/// millisecond, so that the test does not take the processor from it.
package func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    let deadline = ContinuousClock.now + .seconds(30)
    var attempts = 0
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        attempts += 1
        if attempts < 1000 { await Task.yield() } else { try? await Task.sleep(for: .milliseconds(1)) }
    }
    return false
}
