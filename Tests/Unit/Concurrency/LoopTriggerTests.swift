import XCTest

@testable import Bookings
@testable import SimulationKit

final class LoopTriggerTests: XCTestCase {
    private let clock = VirtualClock(at: Timestamp(milliseconds: 1_000_000))
    private let inFlightWork = InFlightWork()

    /// A loop that waits until the instant, returned when it has begun to wait.
    private func waitingLoop(_ trigger: LoopTrigger, until instant: Timestamp) async -> Task<Void, Never> {
        let task = Task { await trigger.wait(until: instant) }
        while !inFlightWork.isIdle { await Task.yield() }
        return task
    }

    func test_a_signal_for_an_earlier_instant_wakes_the_loop() async {
        let trigger = LoopTrigger(clock: clock, inFlightWork: inFlightWork)
        let task = await waitingLoop(trigger, until: clock.now() + .seconds(60))
        trigger.signal(ifWaitingBeyond: clock.now() + .seconds(59))
        XCTAssertFalse(inFlightWork.isIdle)
        await task.value
    }

    func test_a_signal_for_a_later_instant_does_not_wake_the_loop() async {
        let trigger = LoopTrigger(clock: clock, inFlightWork: inFlightWork)
        let task = await waitingLoop(trigger, until: clock.now() + .seconds(60))
        trigger.signal(ifWaitingBeyond: clock.now() + .seconds(60))
        XCTAssertTrue(inFlightWork.isIdle)
        trigger.signal()
        await task.value
    }

    func test_a_clock_that_is_set_back_does_not_lengthen_a_wait_for_a_duration() async {
        let trigger = LoopTrigger(clock: clock, inFlightWork: inFlightWork)
        let task = Task { await trigger.wait(until: .latest, atMost: .seconds(60)) }
        while !inFlightWork.isIdle { await Task.yield() }
        clock.step(by: .seconds(-3600))
        clock.set(to: clock.trueTime() + .seconds(60))
        clock.runTimers()
        await task.value
        XCTAssertNil(clock.nextTimer)
    }

    func test_a_wait_for_a_duration_is_woken_only_for_what_comes_before_its_end() async {
        let trigger = LoopTrigger(clock: clock, inFlightWork: inFlightWork)
        let task = Task { await trigger.wait(atMost: .seconds(60)) }
        while !inFlightWork.isIdle { await Task.yield() }
        trigger.signal(ifWaitingBeyond: clock.now() + .seconds(60))
        XCTAssertTrue(inFlightWork.isIdle)
        trigger.signal(ifWaitingBeyond: clock.now() + .seconds(59))
        await task.value
    }

    func test_a_signal_while_the_loop_runs_makes_the_next_wait_return_at_once() async {
        let trigger = LoopTrigger(clock: clock, inFlightWork: inFlightWork)
        trigger.signal(ifWaitingBeyond: clock.now() + .seconds(3600))
        await trigger.wait(until: clock.now() + .seconds(60))
    }
}
