import Synchronization
import XCTest

@testable import Bookings
@testable import Simulator

final class SteeredClockTests: XCTestCase {
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

    func testAReplicaWhoseMachineIsBehindLivesByTheReference() async throws {
        let clock = SteeredClock(
            local: local, reference: Reference(local, ahead: .seconds(90), roundTrip: .milliseconds(20)))
        let offset = try await clock.measure().offset
        XCTAssertEqual(offset, .seconds(90))
        XCTAssertEqual(local.now().duration(to: clock.now()), .seconds(90))
    }

    func testTimersComeAtTheSteeredInstant() async throws {
        let clock = SteeredClock(local: local, reference: Reference(local, ahead: .seconds(-90)))
        try await clock.measure()
        let rang = Mutex(false)
        _ = clock.schedule(at: clock.now() + .seconds(10)) { rang.withLock { $0 = true } }
        advance(by: .seconds(9))
        XCTAssertFalse(rang.withLock { $0 })
        advance(by: .seconds(1))
        XCTAssertTrue(rang.withLock { $0 })
    }

    func testJitterAndSlowAnswersMoveNothing() async throws {
        let jitter = SteeredClock(local: local, reference: Reference(local, ahead: .milliseconds(8)))
        let small = try await jitter.measure().offset
        XCTAssertEqual(small, .zero)
        let slow = SteeredClock(local: local, reference: Reference(local, ahead: .seconds(90), roundTrip: .seconds(2)))
        let unknown = try await slow.measure().offset
        XCTAssertEqual(unknown, .zero)
    }

    func testAJumpOfTheMachinesClockMovesNothing() async throws {
        let clock = SteeredClock(local: local, reference: Reference(local, ahead: .zero))
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

    func testTimersFollowAMeasurement() async throws {
        let reference = Reference(local, ahead: .zero)
        let clock = SteeredClock(local: local, reference: reference)
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

    func testAnOffsetThatIsGoneIsTakenBack() async throws {
        let reference = Reference(local, ahead: .seconds(90))
        let clock = SteeredClock(local: local, reference: reference)
        try await clock.measure()
        reference.offset.withLock { $0 = .zero }
        let offset = try await clock.measure().offset
        XCTAssertEqual(offset, .zero)
    }

    func testATimeFarAheadCountsOnceTheNextMeasurementAgrees() async throws {
        let reference = Reference(local, ahead: .zero)
        let clock = SteeredClock(local: local, reference: reference)
        try await clock.measure()
        reference.offset.withLock { $0 = .seconds(600) }
        var measurement = try await clock.measure()
        XCTAssertEqual(measurement, .init(offset: .zero, step: .zero))
        advance(by: .seconds(1))
        measurement = try await clock.measure()
        XCTAssertEqual(measurement, .init(offset: .seconds(600), step: .seconds(600)))
    }

    func testASingleWrongAnswerFarAheadMovesNothing() async throws {
        let reference = Reference(local, ahead: .zero)
        let clock = SteeredClock(local: local, reference: reference)
        try await clock.measure()
        for answer in [600, 0, 900, 1200, 0] {
            reference.offset.withLock { $0 = .seconds(answer) }
            let measurement = try await clock.measure()
            XCTAssertEqual(measurement.offset, .zero, "\(answer)")
        }
    }

    func testAnEarlierTimeCountsAtOnceAndTheFirstAnswerToo() async throws {
        let reference = Reference(local, ahead: .seconds(600))
        let clock = SteeredClock(local: local, reference: reference)
        let first = try await clock.measure()
        XCTAssertEqual(first.offset, .seconds(600))
        reference.offset.withLock { $0 = .zero }
        let second = try await clock.measure()
        XCTAssertEqual(second, .init(offset: .zero, step: .seconds(-600)))
    }
}
