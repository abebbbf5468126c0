import XCTest

@testable import Bookings
@testable import SimulationKit

final class InFlightWorkTests: XCTestCase {
    private let clock = VirtualClock(at: Timestamp(milliseconds: 1_000_000))
    private let work = InFlightWork()

    private func waitingTask(_ kinds: Set<InFlightWork.Kind>) async -> Task<InFlightWork.Snapshot, Never> {
        let task = Task { [clock, work] in await work.waitUntilIdle(kinds, within: .seconds(10), on: clock) }
        while clock.nextTimer == nil { await Task.yield() }
        return task
    }

    func test_a_snapshot_names_the_kinds_in_flight_with_their_counts() {
        XCTAssertEqual(work.snapshot().description, "none")
        work.begin(.delivery, count: 2)
        work.begin(.request)
        XCTAssertEqual(work.snapshot().description, "request=1 delivery=2")
        XCTAssertEqual(work.snapshot(of: [.request, .loop]).counts, [.request: 1])
    }

    func test_a_wait_returns_at_once_when_nothing_is_in_flight() async {
        work.begin(.loop)
        let left = await work.waitUntilIdle([.request], within: .seconds(10), on: clock)
        XCTAssertTrue(left.isIdle)
        XCTAssertNil(clock.nextTimer)
    }

    func test_a_wait_ends_with_the_last_work_of_its_kinds() async {
        work.begin(.request, count: 2)
        work.begin(.delivery)
        let task = await waitingTask([.request, .delivery])
        work.end(.request)
        work.end(.delivery)
        work.end(.request)
        let left = await task.value
        XCTAssertTrue(left.isIdle)
        XCTAssertNil(clock.nextTimer)
    }

    func test_a_wait_that_reaches_its_limit_returns_what_is_left() async {
        work.begin(.request)
        let task = await waitingTask([.request])
        clock.set(to: clock.now() + .seconds(10))
        clock.runTimers()
        let left = await task.value
        XCTAssertEqual(left.counts, [.request: 1])
    }

    func test_a_cancelled_wait_returns_what_is_left() async {
        work.begin(.request)
        let task = await waitingTask([.request])
        task.cancel()
        let left = await task.value
        XCTAssertEqual(left.counts, [.request: 1])
        XCTAssertNil(clock.nextTimer)
    }
}
