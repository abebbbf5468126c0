import Synchronization
import XCTest

@testable import Bookings
@testable import BookingsHTTP

final class CachedProbeTests: XCTestCase {
    func test_however_many_ask_the_store_is_asked_once_a_second() async throws {
        let app = try await TestApp.open()
        let asked = Mutex(0)
        let probe = CachedProbe<Int>(clock: app.clock) {
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
        app.clock.advance(by: .milliseconds(999))
        let soon = await probe.answer()
        XCTAssertEqual(soon, 1)
        app.clock.advance(by: .milliseconds(1))
        let later = await probe.answer()
        XCTAssertEqual(later, 2)
    }
}
