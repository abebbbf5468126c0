import Bookings
import TestSupport
import XCTest

@testable import Simulator

/// Each checker on histories made by hand: silent on a good one, speaking on each bad one.
final class CheckerTests: XCTestCase {
    private let id = aBooking().id

    private func write(_ kind: History.Write.Kind = .create, start: Int = 3600, at now: Int = 0, number: UInt64 = 1)
        -> History.Write
    {
        History.Write(
            kind: kind, booking: aBooking(number).id, provider: aProvider, start: at(start), end: at(start + 600),
            version: 1, acknowledgedAt: at(now))
    }

    private func frame(_ name: EventName, at now: Int, start: Int = 3600) -> History.Frame {
        History.Frame(
            socket: "admin", name: name.rawValue, event: "e", booking: id.description, start: at(start),
            receivedAt: at(now))
    }

    private func verdict(_ change: (inout History) -> Void) -> Set<String> {
        var history = History()
        history.listeners = ["admin": at(0)]
        history.writes = [write()]
        history.frames = [frame(.created, at: 0), frame(.reminder, at: 3000)]
        history.endedAt = at(10_000)
        change(&history)
        return Set(Checkers.judge(history).map(\.invariant))
    }

    func testAGoodHistoryBreaksNothing() {
        XCTAssertEqual(verdict { _ in }, [])
    }

    func testEachBrokenRuleIsNamed() {
        XCTAssertEqual(verdict { $0.frames[1] = frame(.reminder, at: 2999) }, ["reminder-early"])
        XCTAssertEqual(verdict { $0.frames[1] = frame(.reminder, at: 3002) }, ["reminder-late"])
        XCTAssertEqual(verdict { $0.frames.removeLast() }, ["reminder-late"])
        XCTAssertEqual(verdict { $0.frames.append(frame(.reminder, at: 3000)) }, ["reminder-once"])
        XCTAssertEqual(verdict { $0.writes.append(write(.cancel, at: 2000)) }, ["reminder-stale"])
        XCTAssertEqual(verdict { $0.frames.removeFirst() }, ["event-causal"])
        XCTAssertEqual(verdict { $0.writes.append(write(start: 3900, number: 2)) }.contains("no-double-booking"), true)
        XCTAssertEqual(verdict { $0.repeats = [.init(key: "k", answers: ["201 a", "201 b"])] }, ["idempotent"])
    }

    func testTouchingIntervalsAreNoDoubleBooking() {
        XCTAssertFalse(verdict { $0.writes.append(write(start: 4200, number: 2)) }.contains("no-double-booking"))
    }

    func testAWalkThatSkipsRepeatsDisordersOrDoesNotEndIsNamed() {
        let rows = (1...4).map { SortKey(instant: at(Int($0)), id: aBooking(UInt64($0)).id) }
        let standing = Set(rows.map(\.id))
        func walk(_ shown: [SortKey], ended: Bool = true) -> Set<String> {
            verdict {
                $0.walks = [.init(list: "x", shown: shown, descending: false, standing: standing, hasEnded: ended)]
            }
        }
        XCTAssertEqual(walk(rows), [])
        XCTAssertEqual(walk(Array(rows.dropFirst())), ["page-walk"])
        XCTAssertEqual(walk(rows + [rows[3]]), ["page-walk"])
        XCTAssertEqual(walk([rows[1], rows[0], rows[2], rows[3]]), ["page-walk"])
        XCTAssertEqual(walk(rows, ended: false), ["page-walk"])
    }

    func testABookingInBothListsOrNoneIsNamed() {
        func partition(_ upcoming: Set<BookingID>, _ past: Set<BookingID>) -> Set<String> {
            verdict { $0.partitions = [.init(instant: at(0), upcoming: upcoming, past: past, expected: [id])] }
        }
        XCTAssertEqual(partition([id], []), [])
        XCTAssertEqual(partition([id], [id]), ["partition"])
        XCTAssertEqual(partition([], []), ["partition"])
    }

    func testTheVirtualClockTurnsTimerByTimerAndNeverPastTheLimit() {
        let clock = VirtualClock(at: at(0))
        let rung = Bell()
        _ = clock.schedule(at: at(10)) { rung.ring(10) }
        clock.schedule(at: at(5)) { rung.ring(5) }.cancel()
        _ = clock.schedule(at: at(20)) { rung.ring(20) }
        XCTAssertTrue(clock.turn(upTo: at(15)))
        XCTAssertEqual(clock.now(), at(10))
        XCTAssertFalse(clock.turn(upTo: at(15)))
        XCTAssertEqual(clock.now(), at(15))
        XCTAssertEqual(rung.rings, [10])
    }

    func testSeededIdentifiersDependOnSeedPurposeAndKeyAlone() {
        let one = SeededIdentifiers(seed: 1)
        XCTAssertEqual(
            one.bits(for: .bookingID, key: "r1"), SeededIdentifiers(seed: 1).bits(for: .bookingID, key: "r1"))
        let all = [
            one.bits(for: .bookingID, key: "r2"), one.bits(for: .socket, key: "r1"),
            SeededIdentifiers(seed: 2).bits(for: .bookingID, key: "r1"),
        ]
        XCTAssertFalse(all.contains(one.bits(for: .bookingID, key: "r1")))
    }
}

private final class Bell: @unchecked Sendable {
    // Rung on the test's own thread alone.
    private(set) var rings: [Int] = []

    func ring(_ number: Int) { rings.append(number) }
}
