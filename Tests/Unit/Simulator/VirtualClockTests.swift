import Synchronization
import Testing

@testable import Bookings
@testable import SimulationKit

@Suite("The virtual clock") struct VirtualClockTests {
    private let begin = Timestamp(milliseconds: 1_000_000)

    @Test func `the next timer is the earliest that is still set`() {
        let clock = VirtualClock(at: begin)
        #expect(clock.nextTimer == nil)
        let late = clock.schedule(at: begin + .seconds(9)) {}
        let early = clock.schedule(at: begin + .seconds(3)) {}
        #expect(clock.nextTimer == begin + .seconds(3))
        early.cancel()
        #expect(clock.nextTimer == begin + .seconds(9))
        late.cancel()
        #expect(clock.nextTimer == nil)
    }

    @Test func `timers that are due run in their order, and are gone`() {
        let clock = VirtualClock(at: begin)
        let ran = Mutex<[Int]>([])
        for seconds in [4, 2, 8] {
            _ = clock.schedule(at: begin + .seconds(seconds)) { ran.withLock { $0.append(seconds) } }
        }
        clock.set(to: begin + .seconds(5))
        clock.runTimers()
        #expect(ran.withLock { $0 } == [2, 4])
        #expect(clock.nextTimer == begin + .seconds(8))
    }

    @Test func `a jump moves the timers for instants, and not those for delays`() {
        let clock = VirtualClock(at: begin)
        _ = clock.schedule(at: begin + .seconds(60)) {}
        clock.step(by: .seconds(50))
        #expect(clock.nextTimer == begin + .seconds(10))
        _ = clock.schedule(after: .seconds(20)) {}
        clock.step(by: .seconds(-3600))
        #expect(clock.nextTimer == begin + .seconds(20))
    }
}
