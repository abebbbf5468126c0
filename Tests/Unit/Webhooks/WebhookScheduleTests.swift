import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsWebhooks

/// When a replica takes the leases of which webhooks.
final class WebhookScheduleTests: XCTestCase {
    private let (one, all) = (aWebhook(1), aWebhook(2, provider: nil, events: [.cancelled]))

    private func event(_ position: Int64, _ action: ActionName = .create, provider: ProviderID = aProvider)
        -> LoggedEvent
    {
        LoggedEvent(
            position: LogPosition(position),
            event: BookingEvent(
                booking: aBooking(1, provider: provider), kind: .action(action), occurredAt: at(0)))
    }

    private func schedule() -> WebhookSchedule {
        var schedule = WebhookSchedule(from: .start)
        schedule.add(one)
        schedule.add(all)
        return schedule
    }

    func test_a_webhook_is_due_when_an_event_of_its_scope_and_filter_arrives() {
        var schedule = schedule()
        XCTAssertEqual(schedule.due(at: at(0), limit: 9), [])
        XCTAssertNil(schedule.nextDue())
        XCTAssertEqual(schedule.deliver([event(1)], through: LogPosition(1)), [one.id: LogPosition(1)])
        XCTAssertEqual(schedule.due(at: at(0), limit: 9), [one.id])
        let other = ProviderID(high: 0, low: 9)
        XCTAssertEqual(schedule.deliver([event(2, provider: other)], through: LogPosition(2)), [:])
        XCTAssertEqual(
            schedule.deliver([event(3, .cancel, provider: other)], through: LogPosition(3)), [all.id: LogPosition(3)])
        XCTAssertEqual(Set(schedule.due(at: at(0), limit: 9)), [one.id, all.id])
        XCTAssertEqual(schedule.due(at: at(0), limit: 1).count, 1)
    }

    func test_those_that_are_stopped_are_known_by_the_age_of_their_cursors() {
        var schedule = schedule()
        XCTAssertEqual(schedule.stopped(limit: 9), [])
        for (number, state, position) in [(3, WebhookState.paused, 5), (4, .stalled, 2), (5, .failing, 1)] {
            var webhook = aWebhook(UInt64(number), from: LogPosition(Int64(position)))
            webhook.state = state
            schedule.add(webhook)
        }
        XCTAssertEqual(schedule.stopped(limit: 9), [aWebhook(4).id, aWebhook(3).id])
        XCTAssertEqual(schedule.stopped(limit: 1), [aWebhook(4).id])
        XCTAssertEqual([1, 3, 5].map { schedule.isStopped(aWebhook($0).id) }, [false, true, false])
    }

    func test_the_lag_of_a_state_is_the_age_of_the_oldest_event() {
        let backlogs = [
            WebhookBacklog(state: .failing, oldest: at(40)), WebhookBacklog(state: .failing, oldest: at(10)),
            WebhookBacklog(state: .stalled, oldest: at(99)), WebhookBacklog(state: .active, oldest: nil),
        ]
        XCTAssertEqual(backlogs.lags(at: at(70)), [.failing: .seconds(60), .stalled: .zero])
    }

    func test_a_lease_of_another_holder_is_waited_for() {
        var schedule = schedule()
        _ = schedule.deliver([event(1)], through: LogPosition(1))
        XCTAssertNil(schedule.leased(LeasedWebhook(webhook: one, token: nil, until: at(15)), at: at(0)))
        XCTAssertEqual(schedule.due(at: at(14), limit: 9), [])
        XCTAssertEqual(schedule.nextDue(), at(15))
        var done = one
        done.progress = WebhookProgress(from: LogPosition(1))
        XCTAssertNil(schedule.leased(LeasedWebhook(webhook: done, token: nil, until: at(30)), at: at(15)))
        XCTAssertNil(schedule.nextDue(), "the other holder has delivered it")
    }

    func test_what_this_replica_holds_is_not_due_until_it_ends() {
        var schedule = schedule()
        _ = schedule.deliver([event(1)], through: LogPosition(1))
        let seen = schedule.leased(LeasedWebhook(webhook: one, token: 1, until: at(15)), at: at(0))
        XCTAssertEqual(seen, LogPosition(1))
        XCTAssertNil(schedule.nextDue())
        XCTAssertEqual(schedule.deliver([event(2)], through: LogPosition(2)), [one.id: LogPosition(2)])
        var left = one
        left.progress = WebhookProgress(from: LogPosition(1))
        schedule.ended(one.id, left, until: at(15))
        XCTAssertEqual(schedule.nextDue(), at(15), "the second event came while it ended")
    }

    func test_a_change_that_was_read_while_it_ended_is_kept() {
        var schedule = schedule()
        _ = schedule.leased(LeasedWebhook(webhook: one, token: 1, until: at(15)), at: at(0))
        var (paused, resumed) = (one, one)
        paused.state = .paused
        resumed.revision = one.revision + 1
        resumed.progress.retries = [
            WebhookRetry(position: LogPosition(1), failures: 1, firstFailure: at(0), due: at(20))
        ]
        schedule.add(resumed)
        schedule.ended(one.id, paused, until: at(15))
        XCTAssertEqual(schedule.nextDue(), at(20))
    }

    func test_a_webhook_whose_places_all_wait_is_due_at_its_next_retry() {
        var schedule = schedule()
        var failing = aWebhook(1, ordering: .endpoint)
        failing.state = .failing
        failing.progress.retries = [
            WebhookRetry(position: LogPosition(1), failures: 1, firstFailure: at(0), due: at(40))
        ]
        schedule.ended(failing.id, failing, until: at(15))
        _ = schedule.deliver([event(2)], through: LogPosition(2))
        XCTAssertEqual(schedule.nextDue(), at(40))
        failing.state = .stalled
        schedule.ended(failing.id, failing, until: at(15))
        XCTAssertNil(schedule.nextDue())
    }

    func test_a_webhook_that_was_changed_is_looked_at() {
        var schedule = schedule()
        _ = schedule.deliver([event(1, provider: ProviderID(high: 0, low: 9))], through: LogPosition(1))
        XCTAssertNil(schedule.nextDue())
        var changed = one
        changed.revision = 8
        schedule.add(changed)
        XCTAssertEqual(schedule.due(at: at(0), limit: 9), [one.id])
        XCTAssertEqual(schedule.revision, 8)
        schedule.remove(one.id)
        XCTAssertEqual(schedule.deliver([event(2)], through: LogPosition(2)), [:])
        XCTAssertEqual(schedule.count, 1)
    }

    func test_after_the_log_went_back_every_webhook_is_looked_at() {
        var schedule = schedule()
        schedule.restart(at: LogPosition(5))
        XCTAssertEqual(Set(schedule.due(at: at(0), limit: 9)), [one.id, all.id])
    }
}
