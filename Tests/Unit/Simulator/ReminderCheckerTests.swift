import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit

final class ReminderCheckerTests: XCTestCase {
    /// The invariants that a story of one booking, made at 0 and starting at 3600, breaks.
    private func broken(_ tell: (inout HistoryBuilder) -> Void) -> Set<String> {
        var story = HistoryBuilder()
        story.book()
        tell(&story)
        return story.broken
    }

    // MARK: - Early

    func test_a_reminder_before_its_time_is_named() {
        XCTAssertEqual(broken { $0.remind(at: 3000) }, [])
        XCTAssertEqual(broken { $0.remind(at: 2999) }, ["reminder-early"])
    }

    func test_a_reminder_that_is_received_before_its_time_is_named_whatever_it_says_of_itself() {
        XCTAssertEqual(
            broken {
                $0.remind()
                $0.history.frames[3] = $0.frame($0.history.log[1], on: $0.history.frames[3].socket, at: 2990)
            }, ["reminder-early"])
    }

    func test_each_reminder_is_held_against_its_own_lead() {
        var story = HistoryBuilder(leads: [.seconds(600), .seconds(60)])
        story.book()
        story.remind(lead: 600, at: 3000)
        story.remind(lead: 60, at: 3540)
        XCTAssertEqual(story.broken, [])
        var early = HistoryBuilder(leads: [.seconds(600), .seconds(60)])
        early.book()
        early.remind(lead: 600, at: 3000)
        early.remind(lead: 60, at: 3000)
        XCTAssertEqual(early.broken, ["reminder-early"])
    }

    // MARK: - Once

    func test_two_reminders_of_one_time_are_named_whatever_their_i_ds() {
        XCTAssertEqual(
            broken {
                $0.remind()
                $0.remind(event: "another")
            }, ["reminder-once"])
    }

    func test_a_booking_that_moves_away_and_back_is_reminded_of_twice() {
        XCTAssertEqual(
            broken {
                $0.remind()
                $0.act(.reschedule, start: 7200, at: 3100)
                $0.act(.reschedule, start: 3600, at: 3200)
                $0.remind(at: 3200)
            }, [])
    }

    func test_a_further_copy_is_excused_by_a_trouble_on_another_connection_alone() {
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

    func test_a_reminder_under_an_id_that_the_log_does_not_hold_is_named_once_more() {
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

    func test_a_reminder_after_the_end_of_a_booking_is_named() {
        for action in [ActionName.cancel, .decline, .complete, .noShow] {
            XCTAssertEqual(
                broken {
                    $0.act(action, at: 2999)
                    $0.remind()
                }, ["reminder-stale"], "\(action)")
        }
    }

    func test_a_reminder_of_times_that_a_booking_has_no_more_is_named() {
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
