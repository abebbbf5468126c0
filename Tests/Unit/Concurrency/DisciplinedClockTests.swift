import Synchronization
import XCTest

@testable import Bookings
@testable import SimulationKit

final class DisciplinedClockTests: XCTestCase {
    /// Tells the local time plus an offset, after a round trip that takes a while.
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

    func test_a_replica_whose_machine_is_behind_lives_by_the_reference() async throws {
        let clock = DisciplinedClock(
            local: local, reference: Reference(local, ahead: .seconds(90), roundTrip: .milliseconds(20)))
        let offset = try await clock.measure().offset
        XCTAssertEqual(offset, .seconds(90))
        XCTAssertEqual(local.now().duration(to: clock.now()), .seconds(90))
    }

    func test_timers_come_at_the_steered_instant() async throws {
        let clock = DisciplinedClock(local: local, reference: Reference(local, ahead: .seconds(-90)))
        try await clock.measure()
        let rang = Mutex(false)
        _ = clock.schedule(at: clock.now() + .seconds(10)) { rang.withLock { $0 = true } }
        advance(by: .seconds(9))
        XCTAssertFalse(rang.withLock { $0 })
        advance(by: .seconds(1))
        XCTAssertTrue(rang.withLock { $0 })
    }

    func test_jitter_and_slow_answers_move_nothing() async throws {
        let jitter = DisciplinedClock(local: local, reference: Reference(local, ahead: .milliseconds(8)))
        let small = try await jitter.measure().offset
        XCTAssertEqual(small, .zero)
        let slow = DisciplinedClock(
            local: local, reference: Reference(local, ahead: .seconds(90), roundTrip: .seconds(2)))
        let unknown = try await slow.measure().offset
        XCTAssertEqual(unknown, .zero)
    }

    func test_a_jump_of_the_machines_clock_moves_nothing() async throws {
        let clock = DisciplinedClock(local: local, reference: Reference(local, ahead: .zero))
        let unmeasured = clock.now()
        try await clock.measure()
        let rang = Mutex(false)
        for jump in [Duration.seconds(3600), .seconds(-7200)] {
            local.step(by: jump)
            XCTAssertEqual(clock.now(), unmeasured)
        }
        _ = clock.schedule(at: clock.now() + .seconds(10)) { rang.withLock { $0 = true } }
        local.set(to: local.trueTime() + .milliseconds(9_999))
        local.runTimers()
        XCTAssertFalse(rang.withLock { $0 })
        local.set(to: local.trueTime() + .milliseconds(1))
        local.runTimers()
        XCTAssertTrue(rang.withLock { $0 })
    }

    func test_timers_follow_a_measurement() async throws {
        let reference = Reference(local, ahead: .zero)
        let clock = DisciplinedClock(local: local, reference: reference)
        let rang = Mutex<[String]>([])
        _ = clock.schedule(at: clock.now() + .seconds(600)) { rang.withLock { $0.append("instant") } }
        _ = clock.schedule(after: .seconds(900)) { rang.withLock { $0.append("delay") } }
        reference.offset.withLock { $0 = .seconds(-300) }
        try await clock.measure()
        advance(by: .seconds(899))
        XCTAssertEqual(rang.withLock { $0 }, [])
        advance(by: .seconds(1))
        XCTAssertEqual(Set(rang.withLock { $0 }), ["instant", "delay"])
        _ = clock.schedule(at: clock.now() + .seconds(600)) { rang.withLock { $0.append("ahead") } }
        reference.offset.withLock { $0 = .seconds(300) }
        for _ in 1...2 { try await clock.measure() }
        XCTAssertEqual(rang.withLock { $0.last }, "ahead")
    }

    func test_an_offset_that_is_gone_is_taken_back() async throws {
        let reference = Reference(local, ahead: .seconds(90))
        let clock = DisciplinedClock(local: local, reference: reference)
        try await clock.measure()
        reference.offset.withLock { $0 = .zero }
        let offset = try await clock.measure().offset
        XCTAssertEqual(offset, .zero)
    }

    func test_a_time_far_ahead_counts_once_the_next_measurement_agrees() async throws {
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

    func test_a_single_wrong_answer_far_ahead_moves_nothing() async throws {
        let reference = Reference(local, ahead: .zero)
        let clock = DisciplinedClock(local: local, reference: reference)
        try await clock.measure()
        for answer in [600, 0, 900, 1200, 0] {
            reference.offset.withLock { $0 = .seconds(answer) }
            let measurement = try await clock.measure()
            XCTAssertEqual(measurement.offset, .zero, "\(answer)")
        }
    }

    func test_an_earlier_time_counts_at_once_and_the_first_answer_too() async throws {
        let reference = Reference(local, ahead: .seconds(600))
        let clock = DisciplinedClock(local: local, reference: reference)
        let first = try await clock.measure()
        XCTAssertEqual(first.offset, .seconds(600))
        reference.offset.withLock { $0 = .zero }
        let second = try await clock.measure()
        XCTAssertEqual(second, .init(offset: .zero, step: .seconds(-600)))
    }
}
