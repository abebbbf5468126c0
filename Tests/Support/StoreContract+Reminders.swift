import Bookings
import XCTest

extension StoreContract {
    @Sendable func test_reminders_fire_once_in_the_order_of_their_due_instants_and_never_early()
        async throws
    {
        let store = try await makeStore()
        _ = try await store.write(creation(of: aBooking(1, slot: slot(7200, 7500))))
        _ = try await store.write(creation(of: aBooking(2, slot: slot(3600, 7200))))
        let early = try await store.fireDue(at: at(2999), limit: 10)
        XCTAssertEqual(early, .none)
        let first = try await store.fireDue(at: at(3000), limit: 10)
        XCTAssertEqual(first, fired([(.onTime, .zero)], last: 3))
        let again = try await store.fireDue(at: at(3000), limit: 10)
        XCTAssertEqual(again, .none)
        let late = try await store.fireDue(at: at(6602), limit: 10)
        XCTAssertEqual(late, fired([(.late, .seconds(2))], last: 4))
        let events = try await allEvents(store)
        XCTAssertEqual(events.map(\.position.number), [1, 2, 3, 4])
        XCTAssertEqual(events[2].event.booking.id, aBooking(2).id)
        XCTAssertEqual(
            events[2...].map(\.event.kind),
            [
                .reminder(ReminderNotice(dueAt: at(3000), lead: .seconds(600), isLate: false)),
                .reminder(ReminderNotice(dueAt: at(6600), lead: .seconds(600), isLate: true)),
            ])
    }

    private func fired(_ firings: [(Reminder.Outcome, Duration)], last: Int64?) -> FiredReminders {
        FiredReminders(
            firings: firings.map { .init(outcome: $0.0, lateness: $0.1) },
            lastPosition: last.map { LogPosition($0) },
            isCut: false)
    }

    @Sendable
    func
        test_a_reminder_due_before_its_booking_was_made_is_late_and_one_whose_booking_has_started_is_missed()
        async throws
    {
        let store = try await makeStore()
        _ = try await store.write(creation(of: aBooking(1, slot: slot(100, 200), at: at(0))))
        let late = try await store.fireDue(at: at(0), limit: 10)
        XCTAssertEqual(late, fired([(.late, .seconds(500))], last: 2))
        let event = try await allEvents(store, after: LogPosition(1)).first?.event
        XCTAssertEqual(
            event?.kind, .reminder(ReminderNotice(dueAt: at(-500), lead: .seconds(600), isLate: true)))
        _ = try await store.write(creation(of: aBooking(2)))
        let missed = try await store.fireDue(at: at(3600), limit: 10)
        XCTAssertEqual(missed, fired([(.missed, .seconds(600))], last: nil))
    }

    @Sendable func test_eight_concurrent_callers_fire_each_reminder_once() async throws {
        let store = try await makeStore()
        for number in 0..<50 {
            _ = try await store.write(
                creation(of: aBooking(UInt64(number), slot: slot(3600 + number * 60, 3660 + number * 60))))
        }
        let fired = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask { try await store.fireDue(at: at(3500), limit: 7).firings.count }
            }
            return try await group.reduce(into: 0) { $0 += $1 }
        }
        let rest = try await store.fireDue(at: at(3500), limit: 100)
        let reminders = try await allEvents(store, after: LogPosition(50))
        XCTAssertEqual(reminders.count, fired + rest.firings.count)
        XCTAssertEqual(Set(reminders.map(\.event.booking.id)).count, reminders.count)
    }

    @Sendable func test_rearming_gives_bookings_the_current_leads_and_fires_no_reminder_twice()
        async throws
    {
        let store = try await makeStore()
        let minutes = { (leads: [Int64]) in leads.map { Duration.seconds($0 * 60) } }
        // Starting after 1, 2 and 3 hours; their leads are ten minutes.
        for hour in 1...3 {
            _ = try await store.write(
                creation(of: aBooking(UInt64(hour), slot: slot(hour * 3600, hour * 3600 + 60))))
        }
        let fired = try await store.fireDue(at: at(3000), limit: 10)
        XCTAssertEqual(fired.firings.map(\.outcome), [.onTime])
        let first = try await store.rearm(
            after: nil, at: at(3000), leads: minutes([30, 10, 5]), limit: 2)
        // The first booking gains five minutes before; its half hour has passed, and its ten minutes were fired.
        XCTAssertEqual([first.bookings, first.armed, first.dropped], [2, 3, 0])
        let rest = try await store.rearm(
            after: first.last, at: at(3000), leads: minutes([30, 10, 5]), limit: 2)
        XCTAssertEqual([rest.bookings, rest.armed, rest.dropped], [1, 2, 0])
        let again = try await store.rearm(
            after: nil, at: at(3000), leads: minutes([30, 10, 5]), limit: 10)
        XCTAssertEqual([again.bookings, again.armed, again.dropped], [3, 0, 0])
        let fewer = try await store.rearm(after: nil, at: at(3000), leads: minutes([5]), limit: 10)
        XCTAssertEqual([fewer.bookings, fewer.armed, fewer.dropped], [3, 0, 4])
        let all = try await store.fireDue(at: at(3 * 3600 - 300), limit: 10)
        XCTAssertEqual(all.firings.map(\.outcome), [.missed, .missed, .onTime])
    }

    @Sendable func test_reminders_of_one_instant_fire_in_parts_in_the_order_of_their_bookings() async throws {
        let store = try await makeStore()
        for number in [3, 1, 4, 2, 5] {
            let provider = ProviderID(high: 0, low: UInt64(number))
            _ = try await store.write(creation(of: aBooking(UInt64(number), provider: provider)))
        }
        let parts = [
            try await store.fireDue(at: at(3000), limit: 2), try await store.fireDue(at: at(3000), limit: 2),
            try await store.fireDue(at: at(3000), limit: 2),
        ]
        XCTAssertEqual(parts.map(\.isCut), [true, true, false])
        XCTAssertEqual(parts.map(\.lastPosition?.number), [7, 9, 10])
        let fired = try await allEvents(store, after: LogPosition(5))
        XCTAssertEqual(fired.map(\.event.booking.id), (1...5).map { aBooking($0).id })
    }
}
