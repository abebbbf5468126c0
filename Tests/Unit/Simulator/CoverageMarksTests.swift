import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit

final class CoverageMarksTests: XCTestCase {
    private func marks(_ change: (inout HistoryBuilder) -> Void) -> [String: Int] {
        var story = HistoryBuilder.ofOneBooking
        change(&story)
        return CoverageMark.count(story.history)
    }

    func test_a_run_in_which_nothing_rare_happens_has_no_marks() {
        XCTAssertEqual(marks { _ in }, [:])
    }

    func test_each_mark_says_what_it_is() {
        XCTAssertEqual(Set(CoverageMark.allCases.map(\.says)).count, CoverageMark.allCases.count)
    }

    func test_a_soak_demands_no_mark_that_no_store_can_reach() {
        XCTAssertEqual(CoverageMark.allCases.filter { !$0.isDemanded }, [.requestInProgress])
    }

    func test_what_the_world_counted_is_kept() {
        XCTAssertEqual(marks { $0.history.marks = ["crash-after-fire": 2] }, ["crash-after-fire": 2])
    }

    func test_answers_that_are_rare_are_counted() {
        func answer(_ status: Int?, _ text: String = "", isReplay: Bool = false) -> [String: Int] {
            marks { $0.history.calls.append($0.call(.act(.cancel), status: status, isReplay: isReplay, text: text)) }
        }
        XCTAssertEqual(answer(409, "slot-taken"), ["conflict": 1])
        XCTAssertEqual(answer(409, "request-in-progress"), ["request-in-progress": 1])
        XCTAssertEqual(answer(412), ["precondition-failed": 1])
        XCTAssertEqual(answer(nil), ["unknown-outcome": 1])
        XCTAssertEqual(answer(503), ["unknown-outcome": 1])
        XCTAssertEqual(answer(404, isReplay: true), ["replay": 1])
    }

    func test_a_retry_after_a_lost_answer_is_counted() {
        XCTAssertEqual(
            marks {
                let lost = $0.call(.create, key: "k", status: nil)
                let found = $0.call(.create, row: $0.row(), key: "k", replica: 1, isReplay: true)
                $0.history.calls += [lost, found]
            }, ["unknown-outcome": 1, "replay": 1, "replay-after-lost-answer": 1, "retry-on-another-replica": 1])
    }

    func test_a_race_that_one_won_is_counted() {
        func race(overlapping: Bool) -> [String: Int] {
            marks {
                let made = $0.history.calls[0]
                let sent = overlapping ? made.sent : $0.tick()
                $0.history.calls.append(
                    $0.call(.create, wished: made.wished, sent: sent, status: 409, text: "slot-taken"))
            }
        }
        XCTAssertEqual(race(overlapping: true), ["conflict": 1, "race-won-by-one": 1])
        XCTAssertEqual(race(overlapping: false), ["conflict": 1])
    }

    func test_a_repeat_of_an_action_is_counted() {
        XCTAssertEqual(
            marks {
                $0.act(.cancel, at: 3100)
                $0.history.calls.append($0.call(.act(.cancel), row: $0.row(), at: 3200))
            }, ["repeat-of-action": 1])
    }

    func test_reminders_of_rare_kinds_are_counted() {
        XCTAssertEqual(
            marks {
                $0.act(.reschedule, start: 7200, at: 3100)
                $0.remind(at: 6600)
            }, ["reminder-of-moved-booking": 1])
        XCTAssertEqual(marks { $0.remind(lead: 60, at: 3540) }, ["two-reminders-of-two-leads": 1])
        XCTAssertEqual(
            marks {
                let logged = $0.history.log[1]
                $0.history.frames.append($0.frame(logged, on: "x", at: 3000, isLate: true))
                $0.history.frames.append($0.frame(logged, on: "y", at: 3000, isLate: true))
            }, ["late-reminder": 1])
        XCTAssertEqual(
            marks {
                for number in 2...10 {
                    $0.book(UInt64(number), start: 3600)
                    $0.remind(UInt64(number))
                }
            }, ["reminders-same-instant": 1])
    }

    func test_a_client_that_had_stopped_reading_is_counted_and_whether_it_was_dropped() {
        func stall(comesBackOn connection: Int) -> [String: Int] {
            marks {
                $0.act(.cancel, at: 3100)
                let place = $0.history.frames.lastIndex { $0.socket == "admin" } ?? 0
                $0.history.frames[place] = $0.frame($0.history.log[2], connection: connection, at: 3200)
                $0.history.troubles.append(
                    .init(what: History.Trouble.stall(of: "admin"), from: at(3050), until: at(3200)))
            }.filter { $0.key.hasPrefix("stalled") }
        }
        XCTAssertEqual(stall(comesBackOn: 0), ["stalled-reader": 1])
        XCTAssertEqual(stall(comesBackOn: 1), ["stalled-reader": 1, "stalled-reader-dropped": 1])
    }

    func test_a_socket_that_comes_back_to_what_it_missed_is_counted() {
        func back(at now: Int) -> [String: Int] {
            marks {
                $0.act(.cancel, at: 3100)
                let place = $0.history.frames.lastIndex { $0.socket == "admin" } ?? 0
                $0.history.frames[place] = $0.frame($0.history.log[2], connection: 1, at: now)
            }
        }
        XCTAssertEqual(back(at: 3200), ["resume-with-gap": 1])
        XCTAssertEqual(back(at: 3100), [:])
    }

    func test_a_booking_made_between_two_pages_is_counted() {
        func walk(inserts: Int) -> [String: Int] {
            marks {
                $0.history.walks = [
                    .init(
                        list: "/bookings", shown: [], descending: false, standing: [], hasEnded: true,
                        inserts: inserts)
                ]
            }
        }
        XCTAssertEqual(walk(inserts: 2), ["insert-between-pages": 2])
        XCTAssertEqual(walk(inserts: 0), [:])
    }

    func test_a_partition_at_the_end_of_a_booking_is_counted() {
        func partition(at now: Int) -> [String: Int] {
            marks {
                $0.history.partitions = [
                    .init(instant: at(now), upcoming: [], past: [], expectedUpcoming: [], expectedPast: [])
                ]
            }
        }
        XCTAssertEqual(partition(at: 4200), ["boundary-partition": 1])
        XCTAssertEqual(partition(at: 4201), [:])
    }
}
