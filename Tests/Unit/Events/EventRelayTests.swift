import TestSupport
import XCTest

@testable import Bookings

/// The relay's decisions, without a log.
final class EventRelayTests: XCTestCase {
    private let batchSize = EventRelay.batchSize
    private let rememberedCount = EventRelay.rememberedCount

    private func event(_ position: Int64, version: Int = 1) -> LoggedEvent {
        var booking = aBooking(UInt64(position))
        booking.version = version
        return LoggedEvent(
            position: LogPosition(position),
            event: BookingEvent(booking: booking, kind: .action(.create), occurredAt: at(0)))
    }

    private func slice(_ positions: ClosedRange<Int64>, version: Int = 1) -> EventSlice {
        EventSlice(
            events: positions.map { event($0, version: version) }, through: LogPosition(positions.upperBound))
    }

    private func emptySlice(through position: Int64) -> EventSlice {
        EventSlice(events: [], through: LogPosition(position))
    }

    private func read(after position: Int64, limit: Int) -> EventRelay.Action {
        .read(after: LogPosition(position), limit: limit)
    }

    private func delivery(_ positions: ClosedRange<Int64>) -> EventRelay.Action {
        .deliver(positions.map { event($0) }, through: LogPosition(positions.upperBound))
    }

    /// A relay that has delivered the events 1 to `position` and waits.
    private func waitingRelay(at position: Int64) -> EventRelay {
        var relay = EventRelay(from: LogPosition(position))
        _ = relay.begin()
        _ = relay.sliceRead(position == 0 ? emptySlice(through: 0) : slice(1...position))
        XCTAssertEqual(relay.sliceRead(position == 0 ? emptySlice(through: 0) : slice(position...position)), [.wait])
        return relay
    }

    func test_the_first_run_reads_the_events_before_its_start_and_then_reads_on() {
        var relay = EventRelay(from: LogPosition(300))
        XCTAssertEqual(relay.begin(), [read(after: 44, limit: rememberedCount)])
        XCTAssertEqual(relay.sliceRead(slice(45...300)), [read(after: 299, limit: batchSize + 1)])
        XCTAssertEqual(relay.sliceRead(slice(300...302)), [delivery(301...302), .wait])
        XCTAssertEqual(relay.position, LogPosition(302))
    }

    func test_a_later_run_begins_with_the_last_delivered_event() {
        var relay = waitingRelay(at: 3)
        XCTAssertEqual(relay.begin(), [read(after: 2, limit: batchSize + 1)])
        XCTAssertEqual(relay.sliceRead(slice(3...3)), [.wait])
        XCTAssertEqual(relay.begin(), [read(after: 2, limit: batchSize + 1)])
        XCTAssertEqual(relay.sliceRead(slice(3...5)), [delivery(4...5), .wait])
    }

    func test_a_full_slice_is_followed_by_another_read() {
        var relay = waitingRelay(at: 0)
        let full = Int64(batchSize)
        XCTAssertEqual(relay.begin(), [read(after: 0, limit: batchSize)])
        XCTAssertEqual(
            relay.sliceRead(slice(1...full)), [delivery(1...full), read(after: full - 1, limit: batchSize + 1)])
        XCTAssertEqual(relay.sliceRead(slice(full...full)), [.wait])
    }

    func test_positions_without_events_are_passed() {
        var relay = waitingRelay(at: 0)
        _ = relay.begin()
        XCTAssertEqual(relay.sliceRead(emptySlice(through: 7)), [.deliver([], through: LogPosition(7)), .wait])
        XCTAssertEqual(relay.position, LogPosition(7))
    }

    func test_a_rewind_is_reported_with_the_last_position_that_agrees() {
        let table: [(name: String, read: EventSlice, again: EventSlice, head: Int64, agrees: Int64)] = [
            ("shorter", emptySlice(through: 2), slice(1...2), 2, 2),
            (
                "another event", slice(5...5, version: 2),
                EventSlice(events: [event(1), event(2), event(3, version: 2)], through: LogPosition(5)), 5, 2
            ),
            ("no event", emptySlice(through: 9), slice(1...4), 9, 4),
            ("nothing left", emptySlice(through: 0), emptySlice(through: 0), 0, 0),
            ("shortened again meanwhile", emptySlice(through: 2), slice(1...2), 1, 1),
        ]
        for (name, slice, again, head, agrees) in table {
            var relay = waitingRelay(at: 5)
            relay.announce(LogPosition(8))
            _ = relay.begin()
            XCTAssertEqual(relay.sliceRead(slice), [read(after: 0, limit: rememberedCount)], name)
            XCTAssertEqual(relay.sliceRead(again), [.readHead], name)
            let rewind = LogRewind(
                agreesThrough: LogPosition(agrees), known: LogPosition(8), head: LogPosition(head))
            XCTAssertEqual(relay.headRead(LogPosition(head)), [.rewind(rewind), .wait], name)
            XCTAssertEqual(relay.position, LogPosition(head), name)
            XCTAssertEqual(relay.progress.lag, 0, name)
        }
    }

    func test_a_rewind_without_remembered_events_agrees_nowhere() {
        var relay = EventRelay(from: LogPosition(5))
        _ = relay.begin()
        XCTAssertEqual(relay.sliceRead(emptySlice(through: 3)), [read(after: 5, limit: batchSize)])
        XCTAssertEqual(relay.sliceRead(emptySlice(through: 3)), [.readHead])
        let rewind = LogRewind(agreesThrough: .start, known: LogPosition(5), head: LogPosition(3))
        XCTAssertEqual(relay.headRead(LogPosition(3)), [.rewind(rewind), .wait])
    }

    func test_a_trimmed_log_is_read_on_without_the_check_or_from_its_oldest_event() {
        var relay = waitingRelay(at: 5)
        _ = relay.begin()
        XCTAssertEqual(relay.sliceRead(nil), [read(after: 5, limit: batchSize)], "the last event was trimmed")
        XCTAssertEqual(relay.sliceRead(nil), [.readOldest], "events that were not delivered were trimmed")
        XCTAssertEqual(relay.oldestRead(LogPosition(20)), [read(after: 20, limit: batchSize)])
        XCTAssertEqual(relay.sliceRead(slice(21...22)), [delivery(21...22), .wait])
    }

    func test_events_that_were_trimmed_are_not_remembered() {
        var relay = EventRelay(from: LogPosition(300))
        _ = relay.begin()
        XCTAssertEqual(relay.sliceRead(nil), [.readOldest])
        XCTAssertEqual(relay.oldestRead(LogPosition(298)), [read(after: 298, limit: rememberedCount)])
        XCTAssertEqual(relay.sliceRead(slice(299...301)), [read(after: 299, limit: batchSize + 1)])
    }

    func test_a_failed_read_is_repeated_by_the_next_run() {
        var relay = waitingRelay(at: 3)
        _ = relay.begin()
        relay.readFailed()
        XCTAssertTrue(relay.progress.isBehind)
        XCTAssertEqual(relay.sliceRead(slice(3...9)), [], "an answer that comes too late")
        XCTAssertEqual(relay.begin(), [read(after: 2, limit: batchSize + 1)])
    }
}
