import Bookings
import XCTest

extension StoreContract {
    /// One reminder of each outcome, and one that waits for another provider. All are due at their own instants.
    private func ledger() async throws -> any Store {
        let store = try await makeStore()
        let provider = { (number: UInt64) in ProviderID(high: 0, low: number) }
        _ = try await store.write(creation(of: aBooking(1, provider: provider(1), slot: slot(1000, 2000))))
        _ = try await store.fireDue(at: at(900), limit: 10)
        _ = try await store.write(creation(of: aBooking(2, provider: provider(1), at: at(950))))
        _ = try await store.fireDue(at: at(3000), limit: 10)
        _ = try await store.write(
            creation(of: aBooking(3, provider: provider(1), slot: slot(7200, 7800), at: at(3100))))
        _ = try await store.fireDue(at: at(6700), limit: 10)
        _ = try await store.write(
            creation(of: aBooking(4, provider: provider(1), slot: slot(9000, 9100), at: at(6800))))
        _ = try await store.write(
            creation(of: aBooking(5, provider: provider(2), slot: slot(8000, 8100), at: at(6800))))
        return store
    }

    @Sendable func test_the_ledger_lists_reminders_that_wait_and_the_outcomes_of_those_that_fell_due() async throws {
        let store = try await ledger()
        let all = try await store.reminders(ReminderFilter(), after: nil, limit: 10)
        XCTAssertEqual(all.map(\.outcome), [.late, .fired, .late, .waiting, .waiting])
        XCTAssertEqual(all.map(\.identity.bookingID), [1, 2, 3, 5, 4].map { aBooking($0).id })
        XCTAssertEqual(all.map(\.dueAt), [400, 3000, 6600, 7400, 8400].map { at($0) })
        XCTAssertEqual(all.map(\.recordedAt), [at(900), at(3000), at(6700), nil, nil])
        XCTAssertEqual(all.map(\.startTime), [1000, 3600, 7200, 8000, 9000].map { at($0) })
        XCTAssertEqual(all.map(\.identity.timesVersion), [1, 1, 1, 1, 1])
        let events = try await allEvents(store).filter { if case .reminder = $0.event.kind { true } else { false } }
        XCTAssertEqual(events.map(\.event.id), all.prefix(3).map(\.identity.eventID))
        _ = try await store.fireDue(at: at(8500), limit: 10)
        let later = try await store.reminders(ReminderFilter(), after: nil, limit: 10)
        XCTAssertEqual(later.map(\.outcome), [.late, .fired, .late, .missed, .late])
        XCTAssertEqual(later[3].recordedAt, at(8500))
        XCTAssertEqual(later[3].providerID, ProviderID(high: 0, low: 2))
    }

    @Sendable func test_pages_of_the_ledger_agree_with_a_model_that_filters_all_reminders() async throws {
        let store = try await ledger()
        _ = try await store.fireDue(at: at(8450), limit: 10)
        // The same instant of the same booking again, by another version of its times.
        let fourth = aBooking(4, provider: ProviderID(high: 0, low: 1), slot: slot(9000, 9100), at: at(6800))
        let moved = try change(fourth, .reschedule(to: slot(9000, 9200)), at: at(8460))
        _ = try await store.write(try XCTUnwrap(moved))
        _ = try await store.fireDue(at: at(8460), limit: 10)
        for number in 0..<12 {
            let provider = ProviderID(high: 0, low: UInt64(1 + number % 2))
            _ = try await store.write(
                creation(
                    of: aBooking(
                        UInt64(20 + number), provider: provider, slot: slot(20_000 + number * 60, 20_060 + number * 60),
                        at: at(8500)),
                    plan: ReminderPlan(leads: [.seconds(600), .seconds(300)])))
        }
        let all = try await store.reminders(ReminderFilter(), after: nil, limit: 100)
        XCTAssertEqual(all.count, 6 + 24)
        XCTAssertEqual(Set(all.map(\.identity)).count, all.count)
        for filter in filters {
            let expected = all.filter { accepts($0, filter) }
            var walked: [ReminderEntry] = []
            while true {
                let page = try await store.reminders(filter, after: walked.last?.key, limit: 2)
                walked += page
                if page.count < 2 { break }
            }
            XCTAssertEqual(walked, expected, "\(filter)")
        }
    }

    private var filters: [ReminderFilter] {
        var outcomes: [Set<ReminderEntry.Outcome>] = [[], [.waiting, .missed], [.fired, .late]]
        for outcome in ReminderEntry.Outcome.allCases { outcomes.append([outcome]) }
        let providers: [ProviderID?] = [nil, ProviderID(high: 0, low: 1), ProviderID(high: 0, low: 2)]
        let bookings: [BookingID?] = [nil, aBooking(4).id, aBooking(25).id]
        let ranges: [(from: Timestamp?, to: Timestamp?)] = [(nil, nil), (at(6600), at(19_500)), (nil, at(6600))]
        var filters: [ReminderFilter] = []
        for outcomes in outcomes {
            for provider in providers {
                for booking in bookings {
                    for range in ranges {
                        var filter = ReminderFilter()
                        filter.outcomes = outcomes
                        filter.providerID = provider
                        filter.bookingID = booking
                        (filter.from, filter.to) = range
                        filters.append(filter)
                    }
                }
            }
        }
        return filters
    }

    private func accepts(_ entry: ReminderEntry, _ filter: ReminderFilter) -> Bool {
        filter.accepted.contains(entry.outcome)
            && (filter.providerID == nil || filter.providerID == entry.providerID)
            && (filter.bookingID == nil || filter.bookingID == entry.identity.bookingID)
            && (filter.from.map { entry.dueAt >= $0 } ?? true) && (filter.to.map { entry.dueAt < $0 } ?? true)
    }

    @Sendable func test_a_reminder_that_is_announced_again_has_the_same_event_at_a_new_position() async throws {
        let store = try await ledger()
        let before = try await allEvents(store)
        let entries = try await store.reminders(ReminderFilter(), after: nil, limit: 10)
        let first = try await store.replay(entries[1].identity.eventID, at: at(7000))
        let head = try await store.head()
        XCTAssertEqual(first, .announced(entries[1], head))
        let second = try await store.replay(entries[1].identity.eventID, at: at(7001))
        XCTAssertEqual(second, .announced(entries[1], head.next))
        let added = try await allEvents(store).dropFirst(before.count)
        let original = try XCTUnwrap(before.first { $0.event.id == entries[1].identity.eventID })
        XCTAssertEqual(added.map(\.event), [original.event, original.event])
        // The copies change neither the ledger nor what is fired.
        let after = try await store.reminders(ReminderFilter(), after: nil, limit: 10)
        XCTAssertEqual(after, entries)
        let fired = try await store.fireDue(at: at(7400), limit: 10)
        XCTAssertEqual(fired.firings.count, 1)
        // The retention of a copy counts from the copy.
        let kept = try await store.events(after: nil, in: .all, keptSince: at(7000), limit: 10)
        XCTAssertEqual(kept?.events.prefix(2).map(\.event), [original.event, original.event])
    }

    @Sendable func test_a_reminder_that_waits_was_missed_or_is_no_longer_owed_is_not_announced_again() async throws {
        let store = try await ledger()
        let entries = try await store.reminders(ReminderFilter(), after: nil, limit: 10)
        let cancelled = try XCTUnwrap(
            try change(aBooking(2, provider: ProviderID(high: 0, low: 1), at: at(950)), .cancel, at: at(6900)))
        _ = try await store.write(cancelled)
        let head = try await store.head()
        let outcomes = [
            try await store.replay(entries[1].identity.eventID, at: at(7000)),
            try await store.replay(entries[3].identity.eventID, at: at(7000)),
            try await store.replay(EventID(high: 5, low: 6), at: at(7000)),
        ]
        XCTAssertEqual(outcomes, [.notOwed, .unknown, .unknown])
        let unchanged = try await store.head()
        XCTAssertEqual(unchanged, head)
    }

    @Sendable func test_trimming_the_log_forgets_the_outcomes_of_reminders_with_its_events() async throws {
        let store = try await ledger()
        _ = try await store.fireDue(at: at(8500), limit: 10)
        while try await store.trim(keptSince: at(8500), limit: 2) {}
        let kept = try await store.reminders(ReminderFilter(), after: nil, limit: 10)
        XCTAssertEqual(kept.map(\.outcome), [.missed, .late])
        while try await store.trim(keptSince: at(8501), limit: 2) {}
        let none = try await store.reminders(ReminderFilter(), after: nil, limit: 10)
        XCTAssertEqual(none, [])
    }
}
