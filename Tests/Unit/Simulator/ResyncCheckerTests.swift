import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit

/// Listeners that come back later than the service keeps events, in histories made by hand.
///
/// Events occurred at 0 (created), 3000 (reminder) and 3100 (cancelled). The listener received the first one, and came
/// back at 3050, when two were logged.
final class ResyncCheckerTests: XCTestCase {
    private func violations(
        retention: Int = 1000, received: [Int], then later: [Int], resync: Bool = true
    ) -> Set<String> {
        var builder = HistoryBuilder.withOneBooking
        builder.act(.cancel, at: 3100)
        builder.history.retention = .seconds(retention)
        return builder.violations(after: {
            var listener = History.Listener(caller: .admin, startPosition: 0, startedAt: at(0), isLive: false)
            let log = $0.history.log
            for index in received { $0.history.frames.append($0.frame(log[index], on: "late", at: 10)) }
            if resync { listener.resyncs = [.init(sequence: $0.tick(), position: 2, at: at(3050))] }
            for index in later { $0.history.frames.append($0.frame(log[index], on: "late", at: 3100)) }
            $0.history.listeners["late"] = listener
        })
    }

    func test_a_listener_begins_anew_when_an_event_behind_its_last_one_is_not_kept() {
        XCTAssertEqual(violations(received: [], then: [2]), [])
        // The first event was received, and the next one is kept.
        XCTAssertEqual(violations(received: [0], then: [2]), ["event-gapless"])
        XCTAssertEqual(violations(retention: 3051, received: [], then: [2]), ["event-gapless"])
        XCTAssertEqual(violations(retention: 40, received: [0], then: [2]), [])
    }

    func test_a_listener_that_is_not_told_must_receive_everything() {
        XCTAssertEqual(violations(received: [0], then: [1, 2], resync: false), [])
        XCTAssertEqual(violations(received: [], then: [1, 2], resync: false), ["event-causal", "event-gapless"])
    }

    func test_what_is_received_before_and_after_has_no_gaps() {
        for (received, later) in [([1], [2]), ([0, 1], [1, 2])] {
            let found = violations(retention: 40, received: received, then: later)
            XCTAssertTrue(found.contains("event-gapless"), "\(received) \(later): \(found)")
        }
        XCTAssertEqual(violations(received: [], then: []), ["event-gapless"])
    }
}
