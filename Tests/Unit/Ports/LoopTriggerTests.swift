import XCTest

@testable import Bookings
@testable import Simulator

final class LoopTriggerTests: XCTestCase {
    private let clock = VirtualClock(at: Timestamp(milliseconds: 1_000_000))
    private let ledger = InFlightWork()

    /// A loop that waits until the instant, once the ledger shows that it does.
    private func sleeper(_ alarm: LoopTrigger, until instant: Timestamp) async -> Task<Void, Never> {
        let task = Task { await alarm.wait(until: instant) }
        while !ledger.isIdle { await Task.yield() }
        return task
    }

    func test_a_ring_for_something_earlier_wakes_the_loop() async {
        let alarm = LoopTrigger(clock: clock, ledger: ledger)
        let task = await sleeper(alarm, until: clock.now() + .seconds(60))
        alarm.ring(ifAsleepBeyond: clock.now() + .seconds(59))
        XCTAssertFalse(ledger.isIdle)
        await task.value
    }

    func test_a_ring_for_something_later_lets_the_loop_sleep() async {
        let alarm = LoopTrigger(clock: clock, ledger: ledger)
        let task = await sleeper(alarm, until: clock.now() + .seconds(60))
        alarm.ring(ifAsleepBeyond: clock.now() + .seconds(60))
        XCTAssertTrue(ledger.isIdle)
        alarm.ring()
        await task.value
    }

    func test_a_clock_that_is_set_back_does_not_lengthen_a_wait_for_a_duration() async {
        let alarm = LoopTrigger(clock: clock, ledger: ledger)
        let task = Task { await alarm.wait(until: .latest, atMost: .seconds(60)) }
        while !ledger.isIdle { await Task.yield() }
        clock.step(by: .seconds(-3600))
        clock.set(to: clock.trueTime() + .seconds(60))
        clock.runTimers()
        await task.value
        XCTAssertNil(clock.nextTimer)
    }

    func test_a_wait_for_a_duration_is_early_enough_for_what_comes_after_it() async {
        let alarm = LoopTrigger(clock: clock, ledger: ledger)
        let task = Task { await alarm.wait(atMost: .seconds(60)) }
        while !ledger.isIdle { await Task.yield() }
        alarm.ring(ifAsleepBeyond: clock.now() + .seconds(60))
        XCTAssertTrue(ledger.isIdle)
        alarm.ring(ifAsleepBeyond: clock.now() + .seconds(59))
        await task.value
    }

    func test_a_ring_while_the_loop_runs_is_not_lost() async {
        let alarm = LoopTrigger(clock: clock, ledger: ledger)
        alarm.ring(ifAsleepBeyond: clock.now() + .seconds(3600))
        await alarm.wait(until: clock.now() + .seconds(60))
    }
}
