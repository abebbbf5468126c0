import Synchronization
import Testing

@testable import Bookings
@testable import BookingsRuntime
@testable import SimulationKit

/// The queue with a wall clock that is set while it runs; the elapsed time is the virtual clock's true time.
@Suite("Timers that wait for instants") struct TimerQueueTests {
    private let begin = Timestamp(milliseconds: 1_000_000)
    private let machine = VirtualClock(at: Timestamp(milliseconds: 1_000_000))
    private let ran = Ran()

    private final class Ran: Sendable {
        private let names = Mutex<[String]>([])
        var all: [String] { names.withLock { $0 } }
        func add(_ name: String) { names.withLock { $0.append(name) } }
    }

    private func makeQueue(maxWait: Duration? = nil) -> TimerQueue {
        TimerQueue(
            maxWait: maxWait, now: { [machine] in machine.now() },
            timer: { [machine] in machine.schedule(after: $0, $1) })
    }

    /// Lets time elapse, timer by timer.
    private func pass(_ duration: Duration) {
        let end = machine.trueTime() + duration
        while let next = machine.nextTimer, next <= end {
            machine.set(to: next)
            machine.runTimers()
        }
        machine.set(to: end)
    }

    @discardableResult
    private func add(_ name: String, after seconds: Int, to queue: TimerQueue) -> any ScheduledAction {
        queue.schedule(at: begin + .seconds(seconds)) { [ran] in ran.add(name) }
    }

    @Test func `actions run in the order of their instants, whatever the order of their scheduling`() {
        let queue = makeQueue()
        for seconds in [4, 2, 8] { add("\(seconds)", after: seconds, to: queue) }
        pass(.seconds(5))
        #expect(ran.all == ["2", "4"])
        pass(.seconds(5))
        #expect(ran.all == ["2", "4", "8"])
        #expect(machine.nextTimer == nil)
    }

    @Test func `an action whose instant has passed runs at once`() {
        add("now", after: 0, to: makeQueue())
        #expect(ran.all == ["now"])
    }

    @Test func `a cancelled action does not run, and leaves no timer behind`() {
        let queue = makeQueue()
        let late = add("late", after: 9, to: queue)
        let early = add("early", after: 3, to: queue)
        early.cancel()
        #expect(machine.nextTimer == begin + .seconds(9))
        late.cancel()
        #expect(machine.nextTimer == nil)
        pass(.seconds(20))
        #expect(ran.all == [])
    }

    @Test func `an action runs among many cancelled ones`() {
        let queue = makeQueue()
        let cancelled = (1...1000).map { add("cancelled", after: $0, to: queue) }
        add("kept", after: 500, to: queue)
        for timer in cancelled { timer.cancel() }
        pass(.seconds(1000))
        #expect(ran.all == ["kept"])
    }

    @Test func `an action does not run early after the clock was set back`() {
        let queue = makeQueue(maxWait: .seconds(1))
        add("ten", after: 10, to: queue)
        pass(.seconds(5))
        machine.step(by: .seconds(-3600))
        pass(.seconds(3604))
        #expect(ran.all == [])
        pass(.seconds(1))
        #expect(ran.all == ["ten"])
    }

    @Test func `a clock that was set ahead is noticed within the longest wait`() {
        let queue = makeQueue(maxWait: .seconds(1))
        add("an hour", after: 3600, to: queue)
        pass(.seconds(5))
        machine.step(by: .seconds(3600))
        pass(.seconds(1))
        #expect(ran.all == ["an hour"])
    }

    @Test func `a clock that was set ahead is noticed at once by clockWasSet`() {
        let queue = makeQueue()
        add("an hour", after: 3600, to: queue)
        machine.step(by: .seconds(3600))
        #expect(ran.all == [])
        queue.clockWasSet()
        #expect(ran.all == ["an hour"])
    }

    @Test func `the machine's clock calls after a delay, at an instant, and not when cancelled`() async {
        let clock = SystemClock()
        let cancelled = clock.schedule(after: .milliseconds(1)) { [ran] in ran.add("cancelled") }
        cancelled.cancel()
        await withCheckedContinuation { done in _ = clock.schedule(after: .milliseconds(5)) { done.resume() } }
        await withCheckedContinuation { done in
            _ = clock.schedule(at: clock.now() + .milliseconds(5)) { done.resume() }
        }
        #expect(!ran.all.contains("cancelled"))
    }
}
