import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit

final class EventCheckerTests: XCTestCase {
    /// The invariants that a story of one booking, reminded of and cancelled, breaks.
    private func broken(_ change: (inout HistoryBuilder) -> Void = { _ in }) -> Set<String> {
        var story = HistoryBuilder.ofOneBooking
        story.act(.cancel, at: 3100)
        change(&story)
        return story.broken
    }

    private func places(of socket: String, in story: HistoryBuilder) -> [Int] {
        story.history.frames.indices.filter { story.history.frames[$0].socket == socket }
    }

    func test_events_in_order_break_nothing() {
        XCTAssertEqual(broken(), [])
    }

    // MARK: - Causes

    func test_an_event_before_its_bookings_creation_is_named() {
        XCTAssertEqual(
            broken {
                let places = places(of: "admin", in: $0)
                $0.history.frames.swapAt(places[0], places[1])
            }, ["event-causal", "event-gapless"])
        XCTAssertEqual(
            broken {
                $0.history.log.swapAt(0, 2)
                for socket in ["admin", "customer-0", "provider-0"] {
                    let places = places(of: socket, in: $0)
                    $0.history.frames.swapAt(places[0], places[2])
                }
            }.contains("event-causal"), true)
    }

    func test_a_socket_that_began_later_is_owed_only_what_follows() {
        XCTAssertEqual(
            broken {
                $0.history.listeners["late"] = .init(caller: .admin, from: 1, since: at(100))
                $0.history.frames.append($0.frame($0.history.log[1], on: "late", at: 3000))
                $0.history.frames.append($0.frame($0.history.log[2], on: "late", at: 3100))
            }, [])
    }

    func test_an_event_that_the_log_does_not_hold_is_named() {
        XCTAssertEqual(
            broken {
                let logged = $0.history.log[2]
                let stranger = History.Logged(
                    event: "stranger", name: logged.name, booking: logged.booking, provider: logged.provider,
                    customer: logged.customer, start: logged.start, version: 9, lead: nil,
                    occurredAt: logged.occurredAt)
                $0.history.frames.append($0.frame(stranger, at: 3100))
            }, ["event-causal", "event-gapless"])
    }

    func test_an_event_under_another_name_than_the_logs_is_named() {
        XCTAssertEqual(
            broken {
                let logged = $0.history.log[2]
                let renamed = History.Logged(
                    event: logged.event, name: EventName.declined.rawValue, booking: logged.booking,
                    provider: logged.provider, customer: logged.customer, start: logged.start,
                    version: logged.version, lead: nil, occurredAt: logged.occurredAt)
                $0.history.frames[places(of: "admin", in: $0)[2]] = $0.frame(renamed, at: 3100)
            }, ["event-causal"])
    }

    func test_an_event_of_a_booking_that_does_not_exist_is_named() {
        XCTAssertEqual(
            broken {
                $0.history.calls = []
                $0.history.finals = [:]
            }, ["event-causal"])
    }

    func test_a_booking_that_was_announced_is_there_to_be_read() {
        // Not acknowledged: that it was announced is all that is known of it.
        func read(by caller: Caller, status: Int) -> Set<String> {
            broken {
                $0.history.calls = []
                $0.read(by: caller, status: status)
            }
        }
        XCTAssertEqual(read(by: .admin, status: 200), [])
        XCTAssertEqual(read(by: .admin, status: 404), ["event-causal"])
        XCTAssertEqual(read(by: .customer(0), status: 404), ["event-causal"])
        XCTAssertEqual(read(by: .customer(1), status: 404), [])
    }

    func test_a_resync_is_no_event_of_the_log() {
        XCTAssertEqual(
            broken {
                let resync = History.Logged(
                    event: "", name: "resync", booking: nil, provider: nil, customer: nil, start: at(0), version: nil,
                    lead: nil, occurredAt: at(0))
                $0.history.frames.append($0.frame(resync, at: 4000))
            }, [])
    }

    // MARK: - Gaps

    func test_a_missing_event_is_named_wherever_it_is_missing() {
        for socket in ["admin", "customer-0", "provider-0"] {
            XCTAssertEqual(
                broken { $0.history.frames.remove(at: places(of: socket, in: $0)[2]) }, ["event-gapless"], socket)
        }
        XCTAssertEqual(
            broken { $0.history.frames.remove(at: places(of: "admin", in: $0)[1]) },
            ["event-gapless", "reminder-late"])
    }

    func test_a_trouble_never_excuses_a_missing_event() {
        XCTAssertEqual(
            broken {
                $0.trouble(0, 9000)
                $0.history.frames.remove(at: places(of: "admin", in: $0)[2])
            }, ["event-gapless"])
    }

    func test_events_in_another_order_than_the_logs_are_named() {
        XCTAssertEqual(
            broken {
                let places = places(of: "admin", in: $0)
                $0.history.frames.swapAt(places[1], places[2])
            }, ["event-gapless"])
    }

    func test_a_further_copy_is_excused_by_a_trouble_on_another_connection_alone() {
        func copy(connection: Int, troubled: Bool) -> Set<String> {
            broken {
                if troubled { $0.trouble(3050, 3200) }
                $0.history.frames.append($0.frame($0.history.log[2], connection: connection, at: 3100))
            }
        }
        XCTAssertEqual(copy(connection: 1, troubled: true), [])
        XCTAssertEqual(copy(connection: 1, troubled: false), ["event-gapless"])
        XCTAssertEqual(copy(connection: 0, troubled: true), ["event-gapless"])
    }

    func test_an_acknowledged_write_has_exactly_one_event() {
        XCTAssertEqual(
            broken {
                $0.history.log.removeLast()
                $0.history.frames.removeLast(3)
            }, ["event-gapless"])
        XCTAssertEqual(
            broken {
                $0.history.log.append($0.history.log[2])
                for frame in $0.history.frames.suffix(3) { $0.history.frames.append(frame) }
            }, ["event-gapless"])
    }
}
