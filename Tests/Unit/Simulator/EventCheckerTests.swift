import Bookings
import TestSupport
import XCTest

@testable import Simulator

final class EventCheckerTests: XCTestCase {
    /// The invariants that a story of one booking, reminded of and cancelled, breaks.
    private func broken(_ change: (inout Story) -> Void = { _ in }) -> Set<String> {
        var story = Story.ofOneBooking
        story.act(.cancel, at: 3100)
        change(&story)
        return story.broken
    }

    private func places(of socket: String, in story: Story) -> [Int] {
        story.history.frames.indices.filter { story.history.frames[$0].socket == socket }
    }

    func testEventsInOrderBreakNothing() {
        XCTAssertEqual(broken(), [])
    }

    // MARK: - Causes

    func testAnEventBeforeItsBookingsCreationIsNamed() {
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

    func testASocketThatBeganLaterIsOwedOnlyWhatFollows() {
        XCTAssertEqual(
            broken {
                $0.history.listeners["late"] = .init(caller: .admin, from: 1, since: at(100))
                $0.history.frames.append($0.frame($0.history.log[1], on: "late", at: 3000))
                $0.history.frames.append($0.frame($0.history.log[2], on: "late", at: 3100))
            }, [])
    }

    func testAnEventThatTheLogDoesNotHoldIsNamed() {
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

    func testAnEventUnderAnotherNameThanTheLogsIsNamed() {
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

    func testAnEventOfABookingThatDoesNotExistIsNamed() {
        XCTAssertEqual(
            broken {
                $0.history.calls = []
                $0.history.finals = [:]
            }, ["event-causal"])
    }

    func testABookingThatWasAnnouncedIsThereToBeRead() {
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

    func testAResyncIsNoEventOfTheLog() {
        XCTAssertEqual(
            broken {
                let resync = History.Logged(
                    event: "", name: "resync", booking: nil, provider: nil, customer: nil, start: at(0), version: nil,
                    lead: nil, occurredAt: at(0))
                $0.history.frames.append($0.frame(resync, at: 4000))
            }, [])
    }

    // MARK: - Gaps

    func testAMissingEventIsNamedWhereverItIsMissing() {
        for socket in ["admin", "customer-0", "provider-0"] {
            XCTAssertEqual(
                broken { $0.history.frames.remove(at: places(of: socket, in: $0)[2]) }, ["event-gapless"], socket)
        }
        XCTAssertEqual(
            broken { $0.history.frames.remove(at: places(of: "admin", in: $0)[1]) },
            ["event-gapless", "reminder-late"])
    }

    func testATroubleNeverExcusesAMissingEvent() {
        XCTAssertEqual(
            broken {
                $0.trouble(0, 9000)
                $0.history.frames.remove(at: places(of: "admin", in: $0)[2])
            }, ["event-gapless"])
    }

    func testEventsInAnotherOrderThanTheLogsAreNamed() {
        XCTAssertEqual(
            broken {
                let places = places(of: "admin", in: $0)
                $0.history.frames.swapAt(places[1], places[2])
            }, ["event-gapless"])
    }

    func testAFurtherCopyIsExcusedByATroubleOnAnotherConnectionAlone() {
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

    func testAnAcknowledgedWriteHasExactlyOneEvent() {
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
