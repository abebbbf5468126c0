import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit

final class FreshnessCheckerTests: XCTestCase {
    private func violations(_ change: (inout HistoryBuilder) -> Void) -> Set<String> {
        HistoryBuilder.withOneBooking.violations(after: change)
    }

    func test_a_read_older_than_an_acknowledged_write_is_reported() {
        XCTAssertEqual(
            violations {
                $0.act(.cancel, at: 3100)
                $0.read()
            }, [])
        XCTAssertEqual(
            violations {
                let old = $0.row()
                $0.act(.cancel, at: 3100)
                $0.read(showing: old)
            }, ["cache-fresh"])
        XCTAssertEqual(
            violations {
                let old = $0.row()
                $0.act(.cancel, at: 3100)
                $0.history.calls.append($0.call(.list("/bookings?page=3"), rows: [old], at: 3200))
            }, ["cache-fresh"])
    }

    func test_a_read_sent_before_the_acknowledgement_may_be_older() {
        XCTAssertEqual(
            violations {
                let old = $0.row()
                let sent = $0.tick()
                $0.act(.cancel, at: 3100)
                $0.history.calls.append($0.call(.read, row: old, at: 3100, sent: sent))
            }, [])
    }

    func test_a_404_for_an_acknowledged_booking_is_reported() {
        XCTAssertEqual(violations { $0.read(status: 404) }, ["event-causal", "cache-fresh"])
        XCTAssertEqual(violations { $0.read(by: .provider(1), status: 404) }, [])
        XCTAssertEqual(
            violations {
                $0.read(status: 404)
                $0.history.frames = []
                $0.history.listeners = [:]
            }, ["cache-fresh"])
    }

    func test_a_list_that_fits_on_one_page_must_be_complete() {
        func list(_ path: String, by caller: Caller = .admin, at now: Int = 3100, _ shown: [UInt64]) -> Set<String> {
            violations { $0.list(path, by: caller, showing: shown, at: now) }
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

    func test_a_full_filtered_or_later_page_need_not_be_complete() {
        for path in ["/bookings?status=pending", "/bookings?page=2", "/bookings?cursor=x", "/bookings?limit=0"] {
            XCTAssertEqual(violations { $0.list(path, showing: []) }, [], path)
        }
    }

    func test_a_booking_need_not_be_listed_during_and_after_its_cancellation() {
        XCTAssertEqual(
            violations {
                $0.act(.cancel, at: 3100)
                $0.list("/bookings/upcoming", showing: [], at: 3100)
            }, [])
        XCTAssertEqual(
            violations {
                let sent = $0.tick()
                $0.act(.cancel, at: 3100)
                $0.history.calls.append(
                    $0.call(.list("/bookings/upcoming"), rows: [], at: 3100, sent: sent, answered: $0.tick()))
            }, [])
    }

    func test_a_rescheduled_booking_must_be_listed_by_its_new_times() {
        func list(_ path: String, _ shown: [UInt64], at now: Int) -> Set<String> {
            violations {
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
