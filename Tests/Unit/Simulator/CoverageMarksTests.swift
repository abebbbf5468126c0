import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit

final class CoverageMarksTests: XCTestCase {
    private func marks(_ change: (inout HistoryBuilder) -> Void) -> [String: Int] {
        var builder = HistoryBuilder.withOneBooking
        change(&builder)
        return CoverageMark.count(builder.history)
    }

    func test_a_run_without_rare_situations_has_no_marks() {
        XCTAssertEqual(marks { _ in }, [:])
    }

    func test_every_mark_has_a_name_and_a_summary_of_its_own() {
        XCTAssertEqual(Set(CoverageMark.all.map(\.name)).count, CoverageMark.all.count)
        XCTAssertEqual(Set(CoverageMark.all.map(\.summary)).count, CoverageMark.all.count)
    }

    func test_a_soak_requires_every_mark_that_a_store_can_reach() {
        XCTAssertEqual(CoverageMark.all.filter { !$0.isRequired }.map(\.name), ["request-in-progress"])
    }

    func test_marks_counted_during_the_run_are_kept() {
        XCTAssertEqual(marks { $0.history.marks = ["crash-after-fire": 2] }, ["crash-after-fire": 2])
    }

    func test_rare_answers_are_counted() {
        func answer(_ status: Int?, _ json: String = "", isReplay: Bool = false) -> [String: Int] {
            marks { $0.history.calls.append($0.call(.act(.cancel), status: status, isReplay: isReplay, body: json)) }
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

    func test_a_race_with_one_winner_is_counted() {
        func race(concurrent: Bool) -> [String: Int] {
            marks {
                let made = $0.history.calls[0]
                let sent = concurrent ? made.sent : $0.tick()
                $0.history.calls.append(
                    $0.call(.create, requestedSlot: made.requestedSlot, sent: sent, status: 409, body: "slot-taken"))
            }
        }
        XCTAssertEqual(race(concurrent: true), ["conflict": 1, "race-won-by-one": 1])
        XCTAssertEqual(race(concurrent: false), ["conflict": 1])
    }

    func test_a_repeated_action_is_counted() {
        XCTAssertEqual(
            marks {
                $0.act(.cancel, at: 3100)
                $0.history.calls.append($0.call(.act(.cancel), row: $0.row(), at: 3200))
            }, ["repeat-of-action": 1])
    }

    func test_deliveries_that_were_not_the_only_ones_of_their_event_are_counted() {
        func delivery(_ replica: Int, isAccepted: Bool) -> History.WebhookDelivery {
            History.WebhookDelivery(
                webhook: "w", isToOwnPath: true, replica: replica, event: "e", name: "booking.created", timestamp: 0,
                signature: "", body: "", receivedAt: at(0), sequence: 1, acceptedSequence: isAccepted ? 2 : nil)
        }
        func found(_ deliveries: History.WebhookDelivery...) -> [String: Int] {
            marks { $0.history.webhookDeliveries = deliveries }
        }
        XCTAssertEqual(found(delivery(0, isAccepted: true)), [:])
        XCTAssertEqual(
            found(delivery(0, isAccepted: false), delivery(0, isAccepted: true)), ["webhook-retried": 1])
        XCTAssertEqual(
            found(delivery(0, isAccepted: true), delivery(1, isAccepted: true)),
            ["webhook-repeated": 1, "webhook-taken-over": 1])
    }

    func test_rare_reminders_are_counted() {
        XCTAssertEqual(
            marks {
                $0.act(.reschedule, start: 7200, at: 3100)
                $0.remind(at: 6600)
            }, ["reminder-of-moved-booking": 1])
        XCTAssertEqual(marks { $0.remind(lead: 60, at: 3540) }, ["two-reminders-of-two-leads": 1])
        XCTAssertEqual(
            marks {
                let entry = $0.history.log[1]
                $0.history.frames.append($0.frame(entry, on: "x", at: 3000, isLate: true))
                $0.history.frames.append($0.frame(entry, on: "y", at: 3000, isLate: true))
            }, ["late-reminder": 1])
        XCTAssertEqual(
            marks {
                for number in 2...10 {
                    $0.book(UInt64(number), start: 3600)
                    $0.remind(UInt64(number))
                }
            }, ["reminders-same-instant": 1])
    }

    func test_a_client_that_stopped_reading_is_counted_and_whether_it_was_disconnected() {
        func stall(reconnectingAs connection: Int) -> [String: Int] {
            marks {
                $0.act(.cancel, at: 3100)
                let index = $0.history.frames.lastIndex { $0.socket == "admin" } ?? 0
                $0.history.frames[index] = $0.frame($0.history.log[2], connection: connection, at: 3200)
                $0.history.faultPeriods.append(
                    .init(name: History.FaultPeriod.stall(of: "admin"), from: at(3050), until: at(3200)))
            }.filter { $0.key.hasPrefix("stalled") }
        }
        XCTAssertEqual(stall(reconnectingAs: 0), ["stalled-reader": 1])
        XCTAssertEqual(stall(reconnectingAs: 1), ["stalled-reader": 1, "stalled-reader-dropped": 1])
    }

    func test_a_socket_that_receives_missed_events_after_a_reconnect_is_counted() {
        func reconnect(at now: Int) -> [String: Int] {
            marks {
                $0.act(.cancel, at: 3100)
                let index = $0.history.frames.lastIndex { $0.socket == "admin" } ?? 0
                $0.history.frames[index] = $0.frame($0.history.log[2], connection: 1, at: now)
            }
        }
        XCTAssertEqual(reconnect(at: 3200), ["resume-with-gap": 1])
        XCTAssertEqual(reconnect(at: 3100), [:])
    }

    func test_a_booking_created_between_two_pages_is_counted() {
        func walk(inserts: Int) -> [String: Int] {
            marks {
                $0.history.walks = [
                    .init(
                        list: "/bookings", shown: [], descending: false, presentThroughout: [], hasEnded: true,
                        inserts: inserts)
                ]
            }
        }
        XCTAssertEqual(walk(inserts: 2), ["insert-between-pages": 2])
        XCTAssertEqual(walk(inserts: 0), [:])
    }

    func test_reading_both_lists_at_the_end_of_a_booking_is_counted() {
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
