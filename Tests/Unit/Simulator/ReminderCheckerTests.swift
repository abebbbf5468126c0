import Bookings
import TestSupport
import XCTest

@testable import Simulator

final class ReminderCheckerTests: XCTestCase {
    /// The invariants that a story of one booking, made at 0 and starting at 3600, breaks.
    private func broken(_ tell: (inout Story) -> Void) -> Set<String> {
        var story = Story()
        story.book()
        tell(&story)
        return story.broken
    }

    // MARK: - Early

    func testAReminderBeforeItsTimeIsNamed() {
        XCTAssertEqual(broken { $0.remind(at: 3000) }, [])
        XCTAssertEqual(broken { $0.remind(at: 2999) }, ["reminder-early"])
    }

    func testAReminderThatIsReceivedBeforeItsTimeIsNamedWhateverItSaysOfItself() {
        XCTAssertEqual(
            broken {
                $0.remind()
                $0.history.frames[3] = $0.frame($0.history.log[1], on: $0.history.frames[3].socket, at: 2990)
            }, ["reminder-early"])
    }

    func testEachReminderIsHeldAgainstItsOwnLead() {
        var story = Story(leads: [.seconds(600), .seconds(60)])
        story.book()
        story.remind(lead: 600, at: 3000)
        story.remind(lead: 60, at: 3540)
        XCTAssertEqual(story.broken, [])
        var early = Story(leads: [.seconds(600), .seconds(60)])
        early.book()
        early.remind(lead: 600, at: 3000)
        early.remind(lead: 60, at: 3000)
        XCTAssertEqual(early.broken, ["reminder-early"])
    }

    // MARK: - Once

    func testTwoRemindersOfOneTimeAreNamedWhateverTheirIDs() {
        XCTAssertEqual(
            broken {
                $0.remind()
                $0.remind(event: "another")
            }, ["reminder-once"])
    }

    func testABookingThatMovesAwayAndBackIsRemindedOfTwice() {
        XCTAssertEqual(
            broken {
                $0.remind()
                $0.act(.reschedule, start: 7200, at: 3100)
                $0.act(.reschedule, start: 3600, at: 3200)
                $0.remind(at: 3200)
            }, [])
    }

    func testAFurtherCopyIsExcusedByATroubleOnAnotherConnectionAlone() {
        func copy(connection: Int, troubled: Bool) -> Set<String> {
            broken {
                $0.remind()
                if troubled { $0.trouble(3050, 3095) }
                $0.history.frames.append($0.frame($0.history.log[1], connection: connection, at: 3100))
            }
        }
        XCTAssertEqual(copy(connection: 1, troubled: true), [])
        XCTAssertEqual(copy(connection: 1, troubled: false), ["reminder-once", "event-gapless"])
        XCTAssertEqual(copy(connection: 0, troubled: true), ["reminder-once", "event-gapless"])
    }

    func testAReminderUnderAnIDThatTheLogDoesNotHoldIsNamedOnceMore() {
        XCTAssertEqual(
            broken {
                $0.remind()
                let logged = $0.history.log[1]
                let stranger = History.Logged(
                    event: "stranger", name: logged.name, booking: logged.booking, provider: logged.provider,
                    customer: logged.customer, start: logged.start, version: nil, lead: logged.lead,
                    occurredAt: logged.occurredAt)
                $0.history.frames.append($0.frame(stranger, at: 3000))
            }, ["reminder-once", "event-causal", "event-gapless"])
    }

    // MARK: - Stale

    func testAReminderAfterTheEndOfABookingIsNamed() {
        for action in [ActionName.cancel, .decline, .complete, .noShow] {
            XCTAssertEqual(
                broken {
                    $0.act(action, at: 2999)
                    $0.remind()
                }, ["reminder-stale"], "\(action)")
        }
    }

    func testAReminderOfTimesThatABookingHasNoMoreIsNamed() {
        XCTAssertEqual(
            broken {
                let old = $0
                $0.act(.reschedule, start: 3700, at: 1000)
                $0.remind(at: 3100)
                var stale = old
                stale.remind(event: "stale")
                $0.history.log.append(stale.history.log[1])
                $0.history.frames += stale.history.frames.suffix(3)
            }, ["reminder-stale"])
    }
}
