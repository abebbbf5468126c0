import Synchronization
import XCTest

@testable import Bookings
@testable import BookingsHTTP

final class CachedProbeTests: XCTestCase {
    func test_a_check_runs_once_a_second_however_many_callers_ask() async throws {
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
            for _ in 0..<100 { group.addTask { await probe.value() } }
            return await group.reduce(into: Set()) { $0.insert($1) }
        }
        XCTAssertEqual(answers, [1])
        app.clock.advance(by: .milliseconds(999))
        let soon = await probe.value()
        XCTAssertEqual(soon, 1)
        app.clock.advance(by: .milliseconds(1))
        let later = await probe.value()
        XCTAssertEqual(later, 2)
    }
}
