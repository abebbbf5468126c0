import Synchronization
import XCTest

@testable import Bookings
@testable import SimulationKit

final class DisciplinedClockTests: XCTestCase {
    /// Returns the local time plus an offset, after a round trip of a given duration.
    private final class Reference: ReferenceClock {
        let local: VirtualClock
        let offset: Mutex<Duration>
        let roundTrip: Duration

        init(_ local: VirtualClock, ahead offset: Duration, roundTrip: Duration = .zero) {
            self.local = local
            self.offset = Mutex(offset)
            self.roundTrip = roundTrip
        }

        func referenceTime() async throws(StoreError) -> Timestamp {
            pass(.milliseconds(roundTrip.wholeMilliseconds / 2))
            defer { pass(.milliseconds(roundTrip.wholeMilliseconds / 2)) }
            return local.now() + offset.withLock { $0 }
        }

        private func pass(_ duration: Duration) { local.set(to: local.now() + duration) }
    }

    private let local = VirtualClock(at: Timestamp(milliseconds: 1_000_000))

    private func advance(by duration: Duration) {
        local.set(to: local.now() + duration)
        local.runTimers()
    }

    func test_a_clock_whose_machine_is_behind_follows_the_reference() async throws {
        let clock = DisciplinedClock(
            local: local, reference: Reference(local, ahead: .seconds(90), roundTrip: .milliseconds(20)))
        let offset = try await clock.measure().offset
        XCTAssertEqual(offset, .seconds(90))
        XCTAssertEqual(local.now().duration(to: clock.now()), .seconds(90))
    }

    func test_timers_fire_at_the_instant_of_the_reference() async throws {
        let clock = DisciplinedClock(local: local, reference: Reference(local, ahead: .seconds(-90)))
        try await clock.measure()
        let fired = Mutex(false)
        _ = clock.schedule(at: clock.now() + .seconds(10)) { fired.withLock { $0 = true } }
        advance(by: .seconds(9))
        XCTAssertFalse(fired.withLock { $0 })
        advance(by: .seconds(1))
        XCTAssertTrue(fired.withLock { $0 })
    }

    func test_jitter_and_slow_measurements_do_not_move_the_clock() async throws {
        let jitter = DisciplinedClock(local: local, reference: Reference(local, ahead: .milliseconds(8)))
        let small = try await jitter.measure().offset
        XCTAssertEqual(small, .zero)
        let slow = DisciplinedClock(
            local: local, reference: Reference(local, ahead: .seconds(90), roundTrip: .seconds(2)))
        let unknown = try await slow.measure().offset
        XCTAssertEqual(unknown, .zero)
    }

    func test_setting_the_machines_clock_does_not_move_the_clock() async throws {
        let clock = DisciplinedClock(local: local, reference: Reference(local, ahead: .zero))
        let unmeasured = clock.now()
        try await clock.measure()
        let fired = Mutex(false)
        for jump in [Duration.seconds(3600), .seconds(-7200)] {
            local.step(by: jump)
            XCTAssertEqual(clock.now(), unmeasured)
        }
        _ = clock.schedule(at: clock.now() + .seconds(10)) { fired.withLock { $0 = true } }
        local.set(to: local.trueTime() + .milliseconds(9_999))
        local.runTimers()
        XCTAssertFalse(fired.withLock { $0 })
        local.set(to: local.trueTime() + .milliseconds(1))
        local.runTimers()
        XCTAssertTrue(fired.withLock { $0 })
    }

    func test_timers_are_set_again_after_a_measurement() async throws {
        let reference = Reference(local, ahead: .zero)
        let clock = DisciplinedClock(local: local, reference: reference)
        let fired = Mutex<[String]>([])
        _ = clock.schedule(at: clock.now() + .seconds(600)) { fired.withLock { $0.append("instant") } }
        _ = clock.schedule(after: .seconds(900)) { fired.withLock { $0.append("delay") } }
        reference.offset.withLock { $0 = .seconds(-300) }
        try await clock.measure()
        advance(by: .seconds(899))
        XCTAssertEqual(fired.withLock { $0 }, [])
        advance(by: .seconds(1))
        XCTAssertEqual(Set(fired.withLock { $0 }), ["instant", "delay"])
        _ = clock.schedule(at: clock.now() + .seconds(600)) { fired.withLock { $0.append("ahead") } }
        reference.offset.withLock { $0 = .seconds(300) }
        for _ in 1...2 { try await clock.measure() }
        XCTAssertEqual(fired.withLock { $0.last }, "ahead")
    }

    func test_the_clock_follows_a_reference_whose_offset_ends() async throws {
        let reference = Reference(local, ahead: .seconds(90))
        let clock = DisciplinedClock(local: local, reference: reference)
        try await clock.measure()
        reference.offset.withLock { $0 = .zero }
        let offset = try await clock.measure().offset
        XCTAssertEqual(offset, .zero)
    }

    func test_a_measurement_far_ahead_takes_effect_when_the_next_one_confirms_it() async throws {
        let reference = Reference(local, ahead: .zero)
        let clock = DisciplinedClock(local: local, reference: reference)
        try await clock.measure()
        reference.offset.withLock { $0 = .seconds(600) }
        var measurement = try await clock.measure()
        XCTAssertEqual(measurement, .init(offset: .zero, step: .zero))
        advance(by: .seconds(1))
        measurement = try await clock.measure()
        XCTAssertEqual(measurement, .init(offset: .seconds(600), step: .seconds(600)))
    }

    func test_a_single_measurement_far_ahead_does_not_move_the_clock() async throws {
        let reference = Reference(local, ahead: .zero)
        let clock = DisciplinedClock(local: local, reference: reference)
        try await clock.measure()
        for answer in [600, 0, 900, 1200, 0] {
            reference.offset.withLock { $0 = .seconds(answer) }
            let measurement = try await clock.measure()
            XCTAssertEqual(measurement.offset, .zero, "\(answer)")
        }
    }

    func test_an_earlier_time_and_the_first_measurement_take_effect_at_once() async throws {
        let reference = Reference(local, ahead: .seconds(600))
        let clock = DisciplinedClock(local: local, reference: reference)
        let first = try await clock.measure()
        XCTAssertEqual(first.offset, .seconds(600))
        reference.offset.withLock { $0 = .zero }
        let second = try await clock.measure()
        XCTAssertEqual(second, .init(offset: .zero, step: .seconds(-600)))
    }
}
