import Synchronization
import XCTest

@testable import Bookings

final class CachedProbeTests: XCTestCase {
    func testHoweverManyAskTheStoreIsAskedOnceASecond() async throws {
        let house = try await House.open()
        let asked = Mutex(0)
        let probe = CachedProbe<Int>(clock: house.clock) {
            await Task.yield()
            return asked.withLock {
                $0 += 1
                return $0
            }
        }
        let answers = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<100 { group.addTask { await probe.answer() } }
            return await group.reduce(into: Set()) { $0.insert($1) }
        }
        XCTAssertEqual(answers, [1])
        house.clock.advance(by: .milliseconds(999))
        let soon = await probe.answer()
        XCTAssertEqual(soon, 1)
        house.clock.advance(by: .milliseconds(1))
        let later = await probe.answer()
        XCTAssertEqual(later, 2)
    }
}
