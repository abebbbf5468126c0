import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit

final class EventCheckerTests: XCTestCase {
    /// Returns the invariants that are violated after a change to a booking that was reminded of and cancelled.
    private func violations(_ change: (inout HistoryBuilder) -> Void = { _ in }) -> Set<String> {
        var builder = HistoryBuilder.withOneBooking
        builder.act(.cancel, at: 3100)
        return builder.violations(after: change)
    }

    private func indices(of socket: String, in builder: HistoryBuilder) -> [Int] {
        builder.history.frames.indices.filter { builder.history.frames[$0].socket == socket }
    }

    func test_events_in_order_violate_no_invariant() {
        XCTAssertEqual(violations(), [])
    }

    // MARK: - event-causal

    func test_an_event_before_the_creation_of_its_booking_is_reported() {
        XCTAssertEqual(
            violations {
                let indices = indices(of: "admin", in: $0)
                $0.history.frames.swapAt(indices[0], indices[1])
            }, ["event-causal", "event-gapless"])
        XCTAssertEqual(
            violations {
                $0.history.log.swapAt(0, 2)
                for socket in ["admin", "customer-0", "provider-0"] {
                    let indices = indices(of: socket, in: $0)
                    $0.history.frames.swapAt(indices[0], indices[2])
                }
            }.contains("event-causal"), true)
    }

    func test_a_socket_must_receive_only_the_events_after_its_subscription() {
        XCTAssertEqual(
            violations {
                $0.history.listeners["late"] = .init(caller: .admin, startPosition: 1, startedAt: at(100))
                $0.history.frames.append($0.frame($0.history.log[1], on: "late", at: 3000))
                $0.history.frames.append($0.frame($0.history.log[2], on: "late", at: 3100))
            }, [])
    }

    func test_an_event_that_is_not_in_the_log_is_reported() {
        XCTAssertEqual(
            violations {
                let entry = $0.history.log[2]
                let unlogged = History.LogEntry(
                    event: "unlogged", name: entry.name, booking: entry.booking, provider: entry.provider,
                    customer: entry.customer, start: entry.start, version: 9, lead: nil,
                    occurredAt: entry.occurredAt)
                $0.history.frames.append($0.frame(unlogged, at: 3100))
            }, ["event-causal", "event-gapless"])
    }

    func test_an_event_with_another_name_than_in_the_log_is_reported() {
        XCTAssertEqual(
            violations {
                let entry = $0.history.log[2]
                let renamed = History.LogEntry(
                    event: entry.event, name: EventName.declined.rawValue, booking: entry.booking,
                    provider: entry.provider, customer: entry.customer, start: entry.start,
                    version: entry.version, lead: nil, occurredAt: entry.occurredAt)
                $0.history.frames[indices(of: "admin", in: $0)[2]] = $0.frame(renamed, at: 3100)
            }, ["event-causal"])
    }

    func test_an_event_of_a_booking_that_does_not_exist_is_reported() {
        XCTAssertEqual(
            violations {
                $0.history.calls = []
                $0.history.finalStates = [:]
            }, ["event-causal"])
    }

    func test_an_announced_booking_that_cannot_be_read_is_reported() {
        // Without the calls, the announcement is the only evidence of the booking.
        func read(by caller: Caller, status: Int) -> Set<String> {
            violations {
                $0.history.calls = []
                $0.read(by: caller, status: status)
            }
        }
        XCTAssertEqual(read(by: .admin, status: 200), [])
        XCTAssertEqual(read(by: .admin, status: 404), ["event-causal"])
        XCTAssertEqual(read(by: .customer(0), status: 404), ["event-causal"])
        XCTAssertEqual(read(by: .customer(1), status: 404), [])
    }

    func test_a_resync_is_not_expected_in_the_log() {
        XCTAssertEqual(
            violations {
                let resync = History.LogEntry(
                    event: "", name: "resync", booking: nil, provider: nil, customer: nil, start: at(0), version: nil,
                    lead: nil, occurredAt: at(0))
                $0.history.frames.append($0.frame(resync, at: 4000))
            }, [])
    }

    // MARK: - event-gapless

    func test_a_missing_event_is_reported_on_every_kind_of_socket() {
        for socket in ["admin", "customer-0", "provider-0"] {
            XCTAssertEqual(
                violations { $0.history.frames.remove(at: indices(of: socket, in: $0)[2]) }, ["event-gapless"], socket)
        }
        XCTAssertEqual(
            violations { $0.history.frames.remove(at: indices(of: "admin", in: $0)[1]) },
            ["event-gapless", "reminder-late"])
    }

    func test_a_fault_does_not_excuse_a_missing_event() {
        XCTAssertEqual(
            violations {
                $0.fault(from: 0, until: 9000)
                $0.history.frames.remove(at: indices(of: "admin", in: $0)[2])
            }, ["event-gapless"])
    }

    func test_events_in_another_order_than_in_the_log_are_reported() {
        XCTAssertEqual(
            violations {
                let indices = indices(of: "admin", in: $0)
                $0.history.frames.swapAt(indices[1], indices[2])
            }, ["event-gapless"])
    }

    func test_a_repeated_delivery_is_excused_only_around_a_fault_and_on_another_connection() {
        func copy(connection: Int, aroundFault: Bool) -> Set<String> {
            violations {
                if aroundFault { $0.fault(from: 3050, until: 3200) }
                $0.history.frames.append($0.frame($0.history.log[2], connection: connection, at: 3100))
            }
        }
        XCTAssertEqual(copy(connection: 1, aroundFault: true), [])
        XCTAssertEqual(copy(connection: 1, aroundFault: false), ["event-gapless"])
        XCTAssertEqual(copy(connection: 0, aroundFault: true), ["event-gapless"])
    }

    func test_an_acknowledged_write_without_exactly_one_event_is_reported() {
        XCTAssertEqual(
            violations {
                $0.history.log.removeLast()
                $0.history.frames.removeLast(3)
            }, ["event-gapless"])
        XCTAssertEqual(
            violations {
                $0.history.log.append($0.history.log[2])
                for frame in $0.history.frames.suffix(3) { $0.history.frames.append(frame) }
            }, ["event-gapless"])
    }
}
