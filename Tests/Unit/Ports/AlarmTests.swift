import XCTest

@testable import Bookings
@testable import Simulator

final class AlarmTests: XCTestCase {
    private let clock = VirtualClock(at: Timestamp(milliseconds: 1_000_000))
    private let ledger = ActivityLedger()

    /// A loop that waits until the instant, once the ledger shows that it does.
    private func sleeper(_ alarm: Alarm, until instant: Timestamp) async -> Task<Void, Never> {
        let task = Task { await alarm.wait(until: instant) }
        while !ledger.isIdle { await Task.yield() }
        return task
    }

    func testARingForSomethingEarlierWakesTheLoop() async {
        let alarm = Alarm(clock: clock, ledger: ledger)
        let task = await sleeper(alarm, until: clock.now() + .seconds(60))
        alarm.ring(ifAsleepBeyond: clock.now() + .seconds(59))
        XCTAssertFalse(ledger.isIdle)
        await task.value
    }

    func testARingForSomethingLaterLetsTheLoopSleep() async {
        let alarm = Alarm(clock: clock, ledger: ledger)
        let task = await sleeper(alarm, until: clock.now() + .seconds(60))
        alarm.ring(ifAsleepBeyond: clock.now() + .seconds(60))
        XCTAssertTrue(ledger.isIdle)
        alarm.ring()
        await task.value
    }

    func testAClockThatIsSetBackDoesNotLengthenAWaitForADuration() async {
        let alarm = Alarm(clock: clock, ledger: ledger)
        let task = Task { await alarm.wait(until: .latest, atMost: .seconds(60)) }
        while !ledger.isIdle { await Task.yield() }
        clock.step(by: .seconds(-3600))
        clock.set(to: clock.trueTime() + .seconds(60))
        clock.runTimers()
        await task.value
        XCTAssertNil(clock.nextTimer)
    }

    func testAWaitForADurationIsEarlyEnoughForWhatComesAfterIt() async {
        let alarm = Alarm(clock: clock, ledger: ledger)
        let task = Task { await alarm.wait(atMost: .seconds(60)) }
        while !ledger.isIdle { await Task.yield() }
        alarm.ring(ifAsleepBeyond: clock.now() + .seconds(60))
        XCTAssertTrue(ledger.isIdle)
        alarm.ring(ifAsleepBeyond: clock.now() + .seconds(59))
        await task.value
    }

    func testARingWhileTheLoopRunsIsNotLost() async {
        let alarm = Alarm(clock: clock, ledger: ledger)
        alarm.ring(ifAsleepBeyond: clock.now() + .seconds(3600))
        await alarm.wait(until: clock.now() + .seconds(60))
    }
}
