import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit

final class FreshnessCheckerTests: XCTestCase {
    /// The invariants that a story of one booking, from 3600 to 4200 with `provider-0`, breaks.
    private func broken(_ change: (inout HistoryBuilder) -> Void) -> Set<String> {
        var story = HistoryBuilder.ofOneBooking
        change(&story)
        return story.broken
    }

    func test_a_read_older_than_what_was_acknowledged_is_named() {
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

    func test_a_read_that_began_before_the_answer_may_be_older() {
        XCTAssertEqual(
            broken {
                let old = $0.row()
                let sent = $0.tick()
                $0.act(.cancel, at: 3100)
                $0.history.calls.append($0.call(.read, row: old, at: 3100, sent: sent))
            }, [])
    }

    func test_an_acknowledged_booking_that_is_not_found_is_named() {
        XCTAssertEqual(broken { $0.read(status: 404) }, ["event-causal", "cache-fresh"])
        XCTAssertEqual(broken { $0.read(by: .provider(1), status: 404) }, [])
        XCTAssertEqual(
            broken {
                $0.read(status: 404)
                $0.history.frames = []
                $0.history.listeners = [:]
            }, ["cache-fresh"])
    }

    func test_a_list_that_fits_on_its_page_holds_all_that_stands() {
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

    func test_a_page_that_is_full_filtered_or_not_the_first_need_not_hold_a_booking() {
        for path in ["/bookings?status=pending", "/bookings?page=2", "/bookings?cursor=x", "/bookings?limit=0"] {
            XCTAssertEqual(broken { $0.list(path, showing: []) }, [], path)
        }
    }

    func test_a_cancelled_booking_or_one_being_cancelled_need_not_be_listed() {
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

    func test_a_moved_booking_is_listed_where_it_is_now() {
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
