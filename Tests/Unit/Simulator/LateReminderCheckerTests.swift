import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit

final class LateReminderCheckerTests: XCTestCase {
    /// The invariants that a story of one booking, made at 0 and starting at 3600, breaks.
    private func broken(_ tell: (inout HistoryBuilder) -> Void) -> Set<String> {
        var story = HistoryBuilder()
        story.book()
        tell(&story)
        return story.broken
    }

    // MARK: - Late

    func test_a_reminder_more_than_a_second_late_or_lost_is_named() {
        XCTAssertEqual(broken { $0.remind(at: 3001) }, [])
        XCTAssertEqual(broken { $0.remind(at: 3002) }, ["reminder-late"])
        XCTAssertEqual(broken { _ in }, ["reminder-late"])
    }

    func test_a_reminder_for_each_lead_is_owed() {
        var story = HistoryBuilder(leads: [.seconds(600), .seconds(60)])
        story.book()
        story.remind(lead: 600, at: 3000)
        XCTAssertEqual(story.broken, ["reminder-late"])
    }

    func test_a_booking_made_inside_the_lead_is_reminded_of_at_once() {
        func made(remindedAt now: Int) -> Set<String> {
            var story = HistoryBuilder()
            story.book(at: 3300)
            story.remind(at: now)
            return story.broken
        }
        XCTAssertEqual(made(remindedAt: 3301), [])
        XCTAssertEqual(made(remindedAt: 3302), ["reminder-late"])
    }

    func test_a_pending_booking_is_owed_nothing_until_it_is_confirmed() {
        func story(confirmedAt confirmed: Int?, remindedAt now: Int?) -> Set<String> {
            var story = HistoryBuilder()
            story.book(status: .pending)
            if let confirmed { story.act(.confirm, at: confirmed) }
            if let now { story.remind(at: now) }
            return story.broken
        }
        XCTAssertEqual(story(confirmedAt: nil, remindedAt: nil), [])
        XCTAssertEqual(story(confirmedAt: 1000, remindedAt: 3000), [])
        XCTAssertEqual(story(confirmedAt: 3200, remindedAt: 3200), [])
        XCTAssertEqual(story(confirmedAt: 3200, remindedAt: nil), ["reminder-late"])
    }

    func test_a_booking_that_is_cancelled_before_or_as_its_reminder_is_due_is_owed_none() {
        XCTAssertEqual(broken { $0.act(.cancel, at: 2000) }, [])
        XCTAssertEqual(broken { $0.act(.cancel, at: 3000) }, [])
        XCTAssertEqual(broken { $0.act(.cancel, at: 3100) }, ["reminder-late"])
    }

    func test_a_moved_booking_is_owed_a_reminder_of_its_new_times() {
        XCTAssertEqual(
            broken {
                $0.act(.reschedule, start: 7200, at: 1000)
                $0.remind(at: 6600)
            }, [])
        XCTAssertEqual(broken { $0.act(.reschedule, start: 7200, at: 1000) }, ["reminder-late"])
    }

    func test_a_run_that_ends_before_a_reminder_is_due_says_nothing_of_it() {
        XCTAssertEqual(broken { $0.history.endedAt = at(3000) }, [])
    }

    func test_a_reminder_that_reaches_a_listener_late_is_named() {
        XCTAssertEqual(
            broken {
                $0.remind()
                $0.history.frames[3] = $0.frame($0.history.log[1], on: $0.history.frames[3].socket, at: 3002)
            }, ["reminder-late"])
    }

    func test_a_listener_that_was_away_has_it_when_it_comes_back() {
        XCTAssertEqual(
            broken {
                $0.remind()
                let socket = $0.history.frames[3].socket
                $0.history.frames[3] = $0.frame($0.history.log[1], on: socket, connection: 1, at: 3300)
            }, [])
    }

    // MARK: - Troubles

    func test_a_trouble_excuses_a_reminder_until_five_seconds_after_its_end() {
        func reminded(at now: Int) -> Set<String> {
            broken {
                $0.trouble(2990, 3100)
                $0.remind(at: now)
            }
        }
        XCTAssertEqual(reminded(at: 3105), [])
        XCTAssertEqual(reminded(at: 3106), ["reminder-late"])
    }

    func test_troubles_that_follow_directly_excuse_together() {
        func reminded(at now: Int) -> Set<String> {
            broken {
                $0.trouble(3104, 3200)
                $0.trouble(2990, 3100)
                $0.remind(at: now)
            }
        }
        XCTAssertEqual(reminded(at: 3205), [])
        XCTAssertEqual(reminded(at: 3206), ["reminder-late"])
    }

    func test_a_trouble_at_another_time_excuses_nothing() {
        XCTAssertEqual(
            broken {
                $0.trouble(1000, 2000)
                $0.trouble(3500, 3550)
                $0.remind(at: 3100)
            }, ["reminder-late"])
    }

    func test_a_trouble_never_excuses_a_lost_reminder() {
        XCTAssertEqual(broken { $0.trouble(2990, 3100) }, ["reminder-late"])
    }

    func test_a_trouble_that_lasts_beyond_the_start_excuses_a_missed_reminder() {
        XCTAssertEqual(broken { $0.trouble(2990, 3700) }, [])
    }

    func test_a_trouble_never_excuses_an_early_or_a_stale_one() {
        XCTAssertEqual(
            broken {
                $0.trouble(0, 3400)
                $0.remind(at: 2999)
            }, ["reminder-early"])
        XCTAssertEqual(
            broken {
                $0.trouble(0, 4000)
                $0.act(.cancel, at: 2000)
                $0.remind(at: 3000)
            }, ["reminder-stale"])
    }

    // MARK: - Unknown outcomes

    func test_a_write_whose_answer_was_lost_is_judged_by_what_the_end_tells() {
        func story(cancelled: Bool, reminded: Bool) -> Set<String> {
            broken { story in
                if cancelled { story.act(.cancel, at: 2000) }
                if reminded { story.remind() }
                let row = story.row()
                if cancelled { story.history.calls.removeLast() }
                let request = story.history.finals[row.id]?.requests.last ?? ""
                story.history.calls.append(
                    story.call(
                        .act(.cancel), booking: row.id, at: 2000, request: cancelled ? request : "lost", status: nil))
            }
        }
        XCTAssertEqual(story(cancelled: true, reminded: false), [])
        XCTAssertEqual(story(cancelled: true, reminded: true), ["reminder-stale"])
        XCTAssertEqual(story(cancelled: false, reminded: true), [])
        XCTAssertEqual(story(cancelled: false, reminded: false), ["reminder-late"])
    }

    func test_a_booking_whose_answer_was_lost_is_owed_its_reminder() {
        XCTAssertEqual(
            broken {
                let made = $0.history.calls.removeLast()
                $0.history.calls.append($0.call(.create, wished: made.wished, request: made.request, status: nil))
            }, ["reminder-late"])
    }
}
