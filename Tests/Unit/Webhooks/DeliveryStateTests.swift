import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsWebhooks

/// The deliveries of one webhook as a state machine.
final class DeliveryStateTests: XCTestCase {
    private func event(_ position: Int64, booking: UInt64) -> LoggedEvent {
        let made = aBooking(booking, slot: slot(3600, 7200), at: at(Int(position)))
        return LoggedEvent(
            position: LogPosition(position),
            event: BookingEvent(booking: made, kind: .action(.create), occurredAt: at(Int(position))))
    }

    /// A state that has read events at the positions from 1 on, each of the booking with the given number.
    private func state(_ ordering: WebhookOrdering = .booking, bookings: [UInt64]) -> DeliveryState {
        var state = DeliveryState(aWebhook(ordering: ordering))
        XCTAssertEqual(state.begin(at: at(0)), [.read(after: .start, limit: 100)])
        let events = bookings.enumerated().map { event(Int64($0.offset + 1), booking: $0.element) }
        state.didRead(EventSlice(events: events, through: LogPosition(Int64(bookings.count))))
        return state
    }

    private func begin(_ state: inout DeliveryState, at now: Timestamp = at(0)) -> [Int64] {
        state.begin(at: now).compactMap { action in
            if case .send(let delivery) = action { delivery.position.number } else { nil }
        }
    }

    private func finish(
        _ state: inout DeliveryState, _ position: Int64, _ outcome: AttemptOutcome = .delivered,
        at now: Timestamp = at(0)
    ) {
        state.didAttempt(LogPosition(position), outcome, at: now, random: 0.5)
    }

    func test_ordering_by_endpoint_has_one_delivery_in_flight() {
        var state = state(.endpoint, bookings: [1, 2, 3])
        for position in 1...3 as ClosedRange<Int64> {
            XCTAssertEqual(begin(&state), [position])
            XCTAssertEqual(begin(&state), [])
            finish(&state, position)
            XCTAssertEqual(state.progress.position.number, position)
        }
        XCTAssertEqual(begin(&state), [])
        XCTAssertFalse(state.isBusy)
    }

    func test_ordering_by_booking_has_eight_in_flight_of_different_bookings() {
        var state = state(bookings: [1, 1, 2, 3, 4, 5, 6, 7, 8, 9])
        XCTAssertEqual(begin(&state), [1, 3, 4, 5, 6, 7, 8, 9])
        finish(&state, 3)
        XCTAssertEqual(begin(&state), [10])
        finish(&state, 1)
        XCTAssertEqual(begin(&state), [2])
    }

    func test_the_cursor_stays_behind_the_oldest_event_that_was_not_delivered() {
        var state = state(bookings: [1, 2, 3])
        XCTAssertEqual(begin(&state), [1, 2, 3])
        finish(&state, 3)
        XCTAssertEqual(state.progress.position, .start)
        XCTAssertEqual(state.progress.ahead, [LogPosition(3)])
        finish(&state, 1)
        XCTAssertEqual(state.progress.position, LogPosition(1))
        XCTAssertEqual(state.progress.settled, LogPosition(1))
        finish(&state, 2)
        XCTAssertEqual(state.progress.position, LogPosition(3))
        XCTAssertEqual(state.progress.ahead, [])
    }

    func test_a_delivery_that_fails_holds_its_booking_and_keeps_its_place() {
        var state = state(bookings: [1, 1, 2])
        XCTAssertEqual(begin(&state), [1, 3])
        finish(&state, 1, .failed(reason: "status 500"))
        finish(&state, 3)
        XCTAssertEqual(state.webhookState, .failing)
        XCTAssertEqual(state.progress.settled, LogPosition(1), "the second event still waits")
        XCTAssertEqual(begin(&state, at: at(4)), [])
        XCTAssertEqual(state.nextDue, at(5))
        XCTAssertEqual(begin(&state, at: at(5)), [1])
        finish(&state, 1, at: at(5))
        XCTAssertEqual(state.webhookState, .active)
        XCTAssertEqual(begin(&state, at: at(5)), [2])
    }

    func test_a_receiver_that_is_down_gets_no_more_first_attempts_than_there_are_places() {
        var state = state(bookings: Array(1...20))
        var attempts = 0
        for _ in 0..<20 {
            for position in begin(&state) {
                attempts += 1
                finish(&state, position, .failed(reason: "refused"))
            }
        }
        XCTAssertEqual(attempts, 8)
    }

    func test_another_holder_goes_on_where_the_progress_ends() {
        var first = state(bookings: [1, 2, 3, 1])
        XCTAssertEqual(begin(&first), [1, 2, 3])
        finish(&first, 1, .failed(reason: "status 500"))
        finish(&first, 3)
        let progress = first.progress
        let stored = WebhookProgress(
            position: progress.position, settled: progress.settled, ahead: progress.aheadText,
            retries: progress.retriesText)
        var webhook = aWebhook()
        webhook.progress = stored ?? WebhookProgress(from: .start)
        var second = DeliveryState(webhook)
        XCTAssertEqual(second.progress.ahead, progress.ahead, "nothing is forgotten before the log is read")
        XCTAssertEqual(second.webhookState, .failing)
        _ = second.begin(at: at(1))
        let events = [1, 2, 3, 1].enumerated().map { event(Int64($0.offset + 1), booking: $0.element) }
        second.didRead(EventSlice(events: events, through: LogPosition(4)))
        XCTAssertEqual(begin(&second, at: at(1)), [2], "1 waits, 3 was delivered, 4 is behind 1")
        XCTAssertEqual(begin(&second, at: at(5)), [1])
        finish(&second, 1, at: at(5))
        finish(&second, 2, at: at(5))
        XCTAssertEqual(second.progress.position, LogPosition(3))
        XCTAssertEqual(begin(&second, at: at(5)), [4])
    }

    func test_a_retry_behind_an_earlier_event_of_its_booking_waits_for_that() {
        var webhook = aWebhook()
        webhook.progress.retries = [
            WebhookRetry(position: LogPosition(2), failures: 1, firstFailure: at(0), due: at(5))
        ]
        var state = DeliveryState(webhook)
        _ = state.begin(at: at(9))
        state.didRead(EventSlice(events: [event(1, booking: 1), event(2, booking: 1)], through: LogPosition(2)))
        XCTAssertEqual(begin(&state, at: at(9)), [1])
        XCTAssertNil(state.nextDue, "nothing is due that could begin")
        finish(&state, 1, at: at(9))
        XCTAssertEqual(state.nextDue, at(5))
        XCTAssertEqual(begin(&state, at: at(9)), [2])
    }

    func test_a_retry_behind_a_resync_waits_for_that() {
        var webhook = aWebhook()
        webhook.progress.retries = [
            WebhookRetry(position: LogPosition(2), failures: 1, firstFailure: at(0), due: at(5))
        ]
        var state = DeliveryState(webhook)
        _ = state.begin(at: at(9))
        state.didFallBehind(oldest: LogPosition(1))
        XCTAssertEqual(begin(&state, at: at(9)), [1])
        state.didRead(EventSlice(events: [event(2, booking: 1)], through: LogPosition(2)))
        XCTAssertEqual(begin(&state, at: at(9)), [])
        XCTAssertNil(state.nextDue, "nothing is due that could begin")
        finish(&state, 1, at: at(9))
        XCTAssertEqual(begin(&state, at: at(9)), [2])
    }

    func test_a_delivery_that_fails_for_three_days_stalls_the_webhook_and_keeps_the_cursor() {
        var state = state(bookings: [1])
        var now = at(0)
        var attempts = 0
        while state.webhookState != .stalled, attempts < 100 {
            XCTAssertEqual(begin(&state, at: now), [1])
            attempts += 1
            finish(&state, 1, .failed(reason: "status 500"), at: now)
            now = state.nextDue ?? now
        }
        // 5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 2 h, 4 h, 6 h, then every 6 h.
        XCTAssertEqual(attempts, 19)
        XCTAssertEqual(state.progress.position, .start)
        XCTAssertEqual(begin(&state, at: now + .seconds(1_000_000)), [])
        var webhook = aWebhook()
        webhook.revision = 2
        state.reload(webhook)
        XCTAssertEqual(state.webhookState, .active)
        XCTAssertEqual(begin(&state, at: now), [1])
    }

    func test_the_status_410_pauses_the_webhook() {
        var state = state(bookings: [1, 2])
        XCTAssertEqual(begin(&state), [1, 2])
        finish(&state, 1, .gone)
        finish(&state, 2)
        XCTAssertEqual(state.webhookState, .paused)
        XCTAssertEqual(begin(&state), [])
        XCTAssertEqual(state.progress.position, .start)
    }

    func test_a_cursor_behind_the_retention_gets_one_resync_and_goes_on() {
        var state = DeliveryState(aWebhook())
        _ = state.begin(at: at(0))
        state.didFallBehind(oldest: LogPosition(50))
        let actions = state.begin(at: at(0))
        XCTAssertEqual(
            actions.first,
            .send(Delivery(position: LogPosition(50), content: .resync(oldest: LogPosition(50)))))
        XCTAssertEqual(actions.last, .read(after: LogPosition(50), limit: 100))
        state.didRead(EventSlice(events: [event(51, booking: 1)], through: LogPosition(51)))
        XCTAssertEqual(begin(&state), [], "nothing overtakes a resync")
        finish(&state, 50)
        XCTAssertEqual(state.progress.position, LogPosition(50))
        XCTAssertEqual(begin(&state), [51])
    }

    func test_a_log_that_goes_back_is_followed_from_its_head() {
        var state = state(bookings: [1, 2, 3])
        state.announce(LogPosition(4))
        for position in begin(&state) { finish(&state, position) }
        XCTAssertEqual(state.begin(at: at(0)), [], "the read was begun with the last sends")
        state.didRead(EventSlice(events: [], through: LogPosition(1)))
        XCTAssertEqual(begin(&state), [1])
        finish(&state, 1)
        XCTAssertEqual(state.progress.position, LogPosition(1))
        XCTAssertEqual(state.begin(at: at(0)), [])
    }

    func test_an_event_that_is_announced_during_a_read_is_read_next() {
        var state = DeliveryState(aWebhook())
        _ = state.begin(at: at(0))
        state.announce(LogPosition(7))
        state.didRead(EventSlice(events: [], through: LogPosition(6)))
        XCTAssertEqual(state.begin(at: at(0)), [.read(after: LogPosition(6), limit: 100)])
        state.didRead(EventSlice(events: [], through: LogPosition(7)))
        XCTAssertEqual(state.begin(at: at(0)), [], "nothing is read again without an announcement")
    }

    /// Any order of results and any crash: each booking's events arrive in order, and nothing is left out.
    func test_random_outcomes_and_changes_of_the_holder_lose_nothing_and_keep_the_order_of_each_booking() {
        for seed in 0..<200 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            let bookings = (0..<40).map { _ in UInt64(random.below(6) + 1) }
            let log = bookings.enumerated().map { event(Int64($0.offset + 1), booking: $0.element) }
            let ordering = seed % 2 == 0 ? WebhookOrdering.booking : .endpoint
            var stored = aWebhook(ordering: ordering)
            var state = DeliveryState(stored)
            var delivered: [Int64] = []
            var now = at(0)
            var flying: [LogPosition] = []
            for _ in 0..<4000 where stored.progress.position < LogPosition(40) {
                for action in state.begin(at: now) {
                    switch action {
                    case .send(let delivery): flying.append(delivery.position)
                    case .read(let after, let limit):
                        let slice = log.filter { $0.position > after }.prefix(min(limit, 7))
                        state.didRead(EventSlice(events: Array(slice), through: slice.last?.position ?? after))
                    }
                }
                state.announce(LogPosition(40))
                if !flying.isEmpty {
                    let position = flying.remove(at: random.below(flying.count))
                    let succeeds = random.below(3) > 0
                    if succeeds { delivered.append(position.number) }
                    state.didAttempt(
                        position, succeeds ? .delivered : .failed(reason: "x"), at: now, random: 0.5)
                } else {
                    now = state.nextDue ?? now
                }
                if random.below(2) == 0 { stored.progress = state.progress }
                if random.below(20) == 0 {
                    state = DeliveryState(stored)
                    flying = []
                }
            }
            XCTAssertEqual(stored.progress.position, LogPosition(40), "seed \(seed)")
            XCTAssertEqual(Set(delivered), Set(1...40), "seed \(seed)")
            for booking in 1...6 as ClosedRange<UInt64> {
                let own = delivered.filter { bookings[Int($0 - 1)] == booking }
                var firsts: [Int64] = []
                for position in own where !firsts.contains(position) { firsts.append(position) }
                XCTAssertEqual(firsts, firsts.sorted(), "seed \(seed), booking \(booking)")
            }
        }
    }
}
