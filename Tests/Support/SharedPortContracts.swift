import Bookings
import Synchronization
import XCTest

/// What every cache must do. Two replicas' views of one cache; the same object twice where there is one.
package struct CacheContract: Sendable {
    private let (mine, other): (any Cache, any Cache)

    package init(_ mine: any Cache, _ other: any Cache) {
        (self.mine, self.other) = (mine, other)
    }

    /// `now`: the instant that the cache's own clock shows.
    package func verify(now: Timestamp) async throws {
        let value = (0...255).map { UInt8($0) } + Array("\r\n".utf8)
        let missing = await mine.value(for: "missing", at: now)
        XCTAssertNil(missing)
        mine.keep(value, for: "a key / with blanks\r\n", until: now + .seconds(60))
        let found = await eventually { await other.value(for: "a key / with blanks\r\n", at: now) != nil }
        XCTAssertTrue(found)
        for (instant, expected) in [(59_999, value), (60_000, nil), (90_000, nil)] {
            for view in [mine, other] {
                let kept = await view.value(for: "a key / with blanks\r\n", at: now + .milliseconds(instant))
                XCTAssertEqual(kept, expected, "after \(instant) ms")
            }
        }
        mine.keep([], for: "empty", until: now + .seconds(60))
        let empty = await mine.value(for: "empty", at: now)
        XCTAssertEqual(empty, [])
        mine.keep(value, for: "over", until: now)
        let over = await other.value(for: "over", at: now)
        XCTAssertNil(over)
    }
}

/// What every rate limiter must do, over two replicas' views of one.
package struct RateLimiterContract: Sendable {
    private let (mine, other): (any RateLimiter, any RateLimiter)

    package init(_ mine: any RateLimiter, _ other: any RateLimiter) {
        (self.mine, self.other) = (mine, other)
    }

    package func verify() async throws {
        let limit = RateLimit(requests: 3, window: .seconds(60))
        let begin = Timestamp(milliseconds: 1_900_000_020_000)
        for (used, limiter) in [mine, other, mine, other, mine].enumerated() {
            let usage = await limiter.count(subject("one"), limit, at: begin + .seconds(used))
            XCTAssertEqual(usage, RateUsage(used: used + 1, windowEnds: begin + .seconds(60)))
        }
        let another = await other.count(subject("two"), limit, at: begin)
        XCTAssertEqual(another.used, 1)
        let next = await other.count(subject("one"), limit, at: begin + .seconds(60))
        XCTAssertEqual(next, RateUsage(used: 1, windowEnds: begin + .seconds(120)))
        // Requests of one moment are counted one by one, whatever way each of them takes: again and again, since the
        // race is seen in some of the rounds only.
        for round in 0..<50 {
            let numbers = await withTaskGroup(of: Int.self) { group in
                for number in 0..<100 {
                    let limiter = number.isMultiple(of: 2) ? mine : other
                    group.addTask { await limiter.count(subject("many \(round)"), limit, at: begin).used }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            XCTAssertEqual(numbers.sorted(), Array(1...100))
        }
    }
}

/// What every event bus must do, over two replicas' views of one.
package struct EventBusContract: Sendable {
    private let (mine, other): (any EventBus, any EventBus)

    package init(_ mine: any EventBus, _ other: any EventBus) {
        (self.mine, self.other) = (mine, other)
    }

    package func verify() async throws {
        let heardHere = Mutex(LogPosition.start)
        let heardThere = Mutex(LogPosition.start)
        mine.listen { head in heardHere.withLock { $0 = max($0, head) } }
        other.listen { head in heardThere.withLock { $0 = max($0, head) } }
        for number in 1...500 { mine.announce(LogPosition(Int64(number))) }
        XCTAssertEqual(heardHere.withLock { $0 }, LogPosition(500), "this replica hears itself at once")
        let isThere = await eventually { heardThere.withLock { $0 } >= LogPosition(500) }
        XCTAssertTrue(isThere)
        other.announce(LogPosition(501))
        let isBack = await eventually { heardHere.withLock { $0 } >= LogPosition(501) }
        XCTAssertTrue(isBack)
    }
}

/// Looks until it is so; false when it is not within ten seconds.
package func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        await Task.yield()
    }
    return false
}
