import Bookings
import TestSupport
import XCTest

@testable import Simulator

final class FreshnessCheckerTests: XCTestCase {
    /// The invariants that a story of one booking, from 3600 to 4200 with `provider-0`, breaks.
    private func broken(_ change: (inout Story) -> Void) -> Set<String> {
        var story = Story.ofOneBooking
        change(&story)
        return story.broken
    }

    func testAReadOlderThanWhatWasAcknowledgedIsNamed() {
        XCTAssertEqual(
            broken {
                $0.act(.cancel, at: 3100)
                $0.read()
            }, [])
        XCTAssertEqual(
            broken {
                let old = $0.row()
                $0.act(.cancel, at: 3100)
                $0.read(showing: old)
            }, ["cache-fresh"])
        XCTAssertEqual(
            broken {
                let old = $0.row()
                $0.act(.cancel, at: 3100)
                $0.history.calls.append($0.call(.list("/bookings?page=3"), rows: [old], at: 3200))
            }, ["cache-fresh"])
    }

    func testAReadThatBeganBeforeTheAnswerMayBeOlder() {
        XCTAssertEqual(
            broken {
                let old = $0.row()
                let sent = $0.tick()
                $0.act(.cancel, at: 3100)
                $0.history.calls.append($0.call(.read, row: old, at: 3100, sent: sent))
            }, [])
    }

    func testAnAcknowledgedBookingThatIsNotFoundIsNamed() {
        XCTAssertEqual(broken { $0.read(status: 404) }, ["event-causal", "cache-fresh"])
        XCTAssertEqual(broken { $0.read(by: .provider(1), status: 404) }, [])
        XCTAssertEqual(
            broken {
                $0.read(status: 404)
                $0.history.frames = []
                $0.history.listeners = [:]
            }, ["cache-fresh"])
    }

    func testAListThatFitsOnItsPageHoldsAllThatStands() {
        func list(_ path: String, by caller: Caller = .admin, at now: Int = 3100, _ shown: [UInt64]) -> Set<String> {
            broken { $0.list(path, by: caller, showing: shown, at: now) }
        }
        XCTAssertEqual(list("/bookings", [1]), [])
        XCTAssertEqual(list("/bookings", []), ["cache-fresh"])
        XCTAssertEqual(list("/bookings", by: .provider(0), []), ["cache-fresh"])
        XCTAssertEqual(list("/bookings", by: .provider(1), []), [])
        XCTAssertEqual(list("/bookings/upcoming?limit=5&page=1", []), ["cache-fresh"])
        XCTAssertEqual(list("/bookings/upcoming", at: 5000, []), [])
        XCTAssertEqual(list("/bookings/past", at: 3100, []), [])
        XCTAssertEqual(list("/bookings/past", at: 5000, [1]), [])
        XCTAssertEqual(list("/bookings/past", at: 5000, []), ["cache-fresh"])
    }

    func testAPageThatIsFullFilteredOrNotTheFirstNeedNotHoldABooking() {
        for path in ["/bookings?status=pending", "/bookings?page=2", "/bookings?cursor=x", "/bookings?limit=0"] {
            XCTAssertEqual(broken { $0.list(path, showing: []) }, [], path)
        }
    }

    func testACancelledBookingOrOneBeingCancelledNeedNotBeListed() {
        XCTAssertEqual(
            broken {
                $0.act(.cancel, at: 3100)
                $0.list("/bookings/upcoming", showing: [], at: 3100)
            }, [])
        XCTAssertEqual(
            broken {
                let sent = $0.tick()
                $0.act(.cancel, at: 3100)
                $0.history.calls.append(
                    $0.call(.list("/bookings/upcoming"), rows: [], at: 3100, sent: sent, answered: $0.tick()))
            }, [])
    }

    func testAMovedBookingIsListedWhereItIsNow() {
        func list(_ path: String, _ shown: [UInt64], at now: Int) -> Set<String> {
            broken {
                $0.act(.reschedule, start: 7200, at: 3100)
                $0.remind(at: 6600)
                $0.list(path, showing: shown, at: now)
            }
        }
        XCTAssertEqual(list("/bookings/upcoming", [1], at: 5000), [])
        XCTAssertEqual(list("/bookings/upcoming", [], at: 5000), ["cache-fresh"])
        XCTAssertEqual(list("/bookings/past", [], at: 5000), [])
        XCTAssertEqual(list("/bookings/past", [], at: 9000), ["cache-fresh"])
    }
}
