import Bookings
import XCTest

/// What every store must do, whatever it is made of: the sentences are the same for each.
package struct StoreContract: Sendable {
    package typealias Store = BookingStore & EventLog & ReminderQueue

    /// An empty store with its schema applied.
    private let makeStore: @Sendable () async throws -> any Store

    package init(_ makeStore: @escaping @Sendable () async throws -> any Store) {
        self.makeStore = makeStore
    }

    /// Checks every sentence on a store of its own.
    package func verify() async throws {
        let sentences: [(name: String, check: @Sendable () async throws -> Void)] = [
            (
                "ABookingIsReadAsItWasWrittenWithItsEventHistoryAndReminder",
                test_a_booking_is_read_as_it_was_written_with_its_event_history_and_reminder
            ),
            (
                "SlotsThatTouchAreBothTakenAndOverlapsAreRefusedWithTheNextFreeSlot",
                test_slots_that_touch_are_both_taken_and_overlaps_are_refused_with_the_next_free_slot
            ),
            (
                "OfTwoHundredOverlappingWritesAtOnceOneIsWritten",
                test_of_two_hundred_overlapping_writes_at_once_one_is_written
            ),
            (
                "TwoHundredTouchingWritesAtOnceAreAllWrittenWithoutAGapInTheLog",
                test_two_hundred_touching_writes_at_once_are_all_written_without_a_gap_in_the_log
            ),
            (
                "AChangeOnAnOldVersionIsStaleAndWritesNothing",
                test_a_change_on_an_old_version_is_stale_and_writes_nothing
            ),
            (
                "ACancelledBookingFreesItsSlotAndLosesItsReminder",
                test_a_cancelled_booking_frees_its_slot_and_loses_its_reminder
            ),
            (
                "ARefusedMoveLeavesBookingAndReminderUntouched",
                test_a_refused_move_leaves_booking_and_reminder_untouched
            ),
            ("TheFirstRecordOfAKeyWinsAndIsKeptForADay", test_the_first_record_of_a_key_wins_and_is_kept_for_a_day),
            ("ListsAgreeWithABruteForceOracle", test_lists_agree_with_a_brute_force_oracle),
            (
                "EventsAreReadInOrderWithinTheirScopeAndTheirTime",
                test_events_are_read_in_order_within_their_scope_and_their_time
            ),
            ("ATrimmedLogKeepsItsHistoryAndItsPlaces", test_a_trimmed_log_keeps_its_history_and_its_places),
            (
                "RemindersFireInTheOrderOfTheirDueInstantsNeverEarlyAndOnce",
                test_reminders_fire_in_the_order_of_their_due_instants_never_early_and_once
            ),
            (
                "AReminderThatWasDueBeforeItsBookingWasMadeGoesLateAndOneWhoseBookingHasStartedIsMissed",
                test_a_reminder_that_was_due_before_its_booking_was_made_goes_late_and_one_whose_booking_has_started_is_missed
            ),
            ("EightAtOnceFireEachReminderOnce", test_eight_at_once_fire_each_reminder_once),
            ("TheSealingKeyIsMadeOnce", test_the_sealing_key_is_made_once),
            ("AHistoryIsReadInStretches", test_a_history_is_read_in_stretches),
            (
                "RemindersArmedAnewFollowTheLeadsOfNowAndNoneIsFiredTwice",
                test_reminders_armed_anew_follow_the_leads_of_now_and_none_is_fired_twice
            ),
        ]
        for (name, check) in sentences {
            do { try await check() } catch { XCTFail("\(name): \(error)") }
        }
    }

    private func everything(_ store: any Store, after: LogPosition = .start) async throws -> [LoggedEvent] {
        try await store.events(after: after, in: .all, keptSince: .earliest, limit: 10_000)?.events ?? []
    }

    // MARK: - Histories and reminders anew

    @Sendable private func test_a_history_is_read_in_stretches() async throws {
        let store = try await makeStore()
        var booking = aBooking()
        _ = try await store.write(creation(of: booking))
        for number in 1...4 {
            let move = try change(booking, .reschedule(to: slot(3600 + number, 7200)), at: at(number))
            guard let move else { return XCTFail("it did not move") }
            _ = try await store.write(move)
            booking = move.booking
        }
        for (from, limit, versions) in [(1, 2, [1, 2]), (3, 2, [3, 4]), (5, 2, [5]), (6, 2, [])] {
            let entries = try await store.history(of: booking.id, from: from, limit: limit)
            XCTAssertEqual(entries.map(\.booking.version), versions)
        }
    }

    @Sendable private func test_reminders_armed_anew_follow_the_leads_of_now_and_none_is_fired_twice() async throws {
        let store = try await makeStore()
        let minutes = { (leads: [Int64]) in leads.map { Duration.seconds($0 * 60) } }
        // Starting after 1, 2 and 3 hours; their leads are ten minutes.
        for hour in 1...3 {
            _ = try await store.write(
                creation(of: aBooking(UInt64(hour), slot: slot(hour * 3600, hour * 3600 + 60))))
        }
        let fired = try await store.fireDue(at: at(3000), limit: 10)
        XCTAssertEqual(fired.firings.map(\.outcome), [.onTime])
        let first = try await store.rearm(after: nil, at: at(3000), leads: minutes([30, 10, 5]), limit: 2)
        // The first booking gains five minutes before; its half hour has passed, and its ten minutes were fired.
        XCTAssertEqual([first.bookings, first.armed, first.dropped], [2, 3, 0])
        let rest = try await store.rearm(after: first.last, at: at(3000), leads: minutes([30, 10, 5]), limit: 2)
        XCTAssertEqual([rest.bookings, rest.armed, rest.dropped], [1, 2, 0])
        let again = try await store.rearm(after: nil, at: at(3000), leads: minutes([30, 10, 5]), limit: 10)
        XCTAssertEqual([again.bookings, again.armed, again.dropped], [3, 0, 0])
        let fewer = try await store.rearm(after: nil, at: at(3000), leads: minutes([5]), limit: 10)
        XCTAssertEqual([fewer.bookings, fewer.armed, fewer.dropped], [3, 0, 4])
        let all = try await store.fireDue(at: at(3 * 3600 - 300), limit: 10)
        XCTAssertEqual(all.firings.map(\.outcome), [.missed, .missed, .onTime])
    }

    // MARK: - Writes

    @Sendable private func test_a_booking_is_read_as_it_was_written_with_its_event_history_and_reminder() async throws {
        let store = try await makeStore()
        let booking = aBooking(customer: subject("änn \"x\""))
        let outcome = try await store.write(creation(of: booking))
        XCTAssertTrue(outcome.isWritten)
        let read = try await store.booking(booking.id)
        XCTAssertEqual(read, booking)
        let events = try await everything(store)
        XCTAssertEqual(
            events,
            [
                LoggedEvent(
                    position: LogPosition(1),
                    event: BookingEvent(booking: booking, kind: .action(.create), occurredAt: at(0)))
            ])
        let history = try await store.history(of: booking.id, from: 1, limit: 100)
        XCTAssertEqual(history, [HistoryEntry(booking: booking, action: .create, origin: anOrigin)])
        let due = try await store.nextDue()
        XCTAssertEqual(due, at(3000))
    }

    @Sendable private func test_slots_that_touch_are_both_taken_and_overlaps_are_refused_with_the_next_free_slot()
        async throws
    {
        let store = try await makeStore()
        for (number, slot) in [slot(3600, 7200), slot(7200, 7800), slot(9000, 9600)].enumerated() {
            let outcome = try await store.write(creation(of: aBooking(UInt64(number), slot: slot)))
            XCTAssertTrue(outcome.isWritten)
        }
        let before = try await store.head()
        let outcome = try await store.write(creation(of: aBooking(9, slot: slot(7000, 8500))))
        guard case .slotTaken(let blocking, let nextFree) = outcome else { return XCTFail("\(outcome)") }
        XCTAssertEqual(blocking, slot(3600, 7200))
        XCTAssertEqual(nextFree, slot(9600, 11_100))
        let after = try await store.head()
        XCTAssertEqual(before, after)
        let refused = try await store.booking(aBooking(9).id)
        XCTAssertNil(refused)
        let other = try await store.write(
            creation(of: aBooking(10, provider: ProviderID(high: 1, low: 1), slot: slot(7000, 8500))))
        XCTAssertTrue(other.isWritten)
    }

    @Sendable private func test_of_two_hundred_overlapping_writes_at_once_one_is_written() async throws {
        let outcomes = try await burst { number in aBooking(number, slot: slot(3600 + Int(number), 7200)) }
        XCTAssertEqual(outcomes.filter(\.isWritten).count, 1)
        XCTAssertEqual(outcomes.filter(\.isSlotTaken).count, 199)
    }

    @Sendable private func test_two_hundred_touching_writes_at_once_are_all_written_without_a_gap_in_the_log()
        async throws
    {
        let outcomes = try await burst { number in
            aBooking(number, slot: slot(3600 + Int(number) * 60, 3660 + Int(number) * 60))
        }
        let places = outcomes.compactMap { outcome -> Int64? in
            if case .written(let position) = outcome { position.number } else { nil }
        }
        XCTAssertEqual(places.sorted(), Array(1...200))
    }

    private func burst(_ booking: @escaping @Sendable (UInt64) -> Booking) async throws -> [WriteOutcome] {
        let store = try await makeStore()
        return try await withThrowingTaskGroup(of: WriteOutcome.self) { group in
            for number in 0..<200 { group.addTask { try await store.write(creation(of: booking(UInt64(number)))) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Sendable private func test_a_change_on_an_old_version_is_stale_and_writes_nothing() async throws {
        let store = try await makeStore()
        let booking = aBooking()
        _ = try await store.write(creation(of: booking))
        let cancel = try XCTUnwrap(change(booking, .cancel, at: at(10)))
        let first = try await store.write(cancel)
        XCTAssertTrue(first.isWritten)
        let second = try await store.write(try XCTUnwrap(change(booking, .cancel, at: at(10), by: anotherOrigin)))
        guard case .stale = second else { return XCTFail("\(second)") }
        let missing = try await store.write(try XCTUnwrap(change(aBooking(99), .cancel, at: at(10))))
        guard case .stale = missing else { return XCTFail("\(missing)") }
        let events = try await everything(store)
        XCTAssertEqual(events.map(\.event.name), [.created, .cancelled])
    }

    @Sendable private func test_a_cancelled_booking_frees_its_slot_and_loses_its_reminder() async throws {
        let store = try await makeStore()
        let booking = aBooking()
        _ = try await store.write(creation(of: booking))
        _ = try await store.write(try XCTUnwrap(change(booking, .cancel, at: at(10))))
        let due = try await store.nextDue()
        XCTAssertNil(due)
        let again = try await store.write(creation(of: aBooking(2)))
        XCTAssertTrue(again.isWritten)
    }

    @Sendable private func test_a_refused_move_leaves_booking_and_reminder_untouched() async throws {
        let store = try await makeStore()
        let booking = aBooking()
        _ = try await store.write(creation(of: booking))
        _ = try await store.write(creation(of: aBooking(2, slot: slot(9000, 9600))))
        let outcome = try await store.write(
            try XCTUnwrap(change(booking, .reschedule(to: slot(9300, 9900)), at: at(10))))
        XCTAssertTrue(outcome.isSlotTaken)
        let read = try await store.booking(booking.id)
        XCTAssertEqual(read, booking)
        let due = try await store.nextDue()
        XCTAssertEqual(due, at(3000))
        let overlapsItself = try await store.write(
            try XCTUnwrap(change(booking, .reschedule(to: slot(3700, 7300)), at: at(10))))
        XCTAssertTrue(overlapsItself.isWritten)
    }

    // MARK: - Idempotency

    private func record(_ key: String, body: String = "{}", at now: Timestamp = at(0)) -> IdempotencyRecord {
        IdempotencyRecord(
            key: IdempotencyKey(subject: subject("ann"), method: "POST", path: "/bookings", key: key),
            bodyDigest: [1, 2, 3],
            answer: StoredAnswer(
                status: 201, contentType: "application/json", etag: "\"1\"", location: "/x", body: Array(body.utf8)),
            createdAt: now)
    }

    @Sendable private func test_the_first_record_of_a_key_wins_and_is_kept_for_a_day() async throws {
        let store = try await makeStore()
        let first = record("k", body: "first")
        let written = try await store.write(creation(of: aBooking(1), idempotency: first))
        XCTAssertTrue(written.isWritten)
        let second = try await store.write(
            creation(of: aBooking(2, slot: slot(9000, 9600)), idempotency: record("k", body: "second")))
        guard case .decidedBefore(let found) = second else { return XCTFail("\(second)") }
        XCTAssertEqual(found, first)
        let kept = try await store.keep(record("k", body: "third"), at: at(5))
        XCTAssertEqual(kept, first)
        let day = 24 * 3600
        let stillThere = try await store.idempotencyRecord(first.key, at: at(day))
        XCTAssertEqual(stillThere, first)
        let gone = try await store.idempotencyRecord(first.key, at: at(day + 1))
        XCTAssertNil(gone)
        let replaced = try await store.keep(record("k", body: "fourth", at: at(day + 1)), at: at(day + 1))
        XCTAssertEqual(replaced.answer.body, Array("fourth".utf8))
    }

    // MARK: - Lists

    @Sendable private func test_lists_agree_with_a_brute_force_oracle() async throws {
        let store = try await makeStore()
        var random = SeededRandom(seed: 7)
        let providers = (1...3).map { ProviderID(high: 1, low: UInt64($0)) }
        let customers = [subject("ann"), subject("bob")]
        var bookings: [Booking] = []
        // A hundred growing sets of data, with ten queries each.
        for round in 0..<100 {
            for number in 0..<(round == 0 ? 60 : 2) {
                try await growOrChange(store, &bookings, round * 100 + number, &random, providers, customers)
            }
            for _ in 0..<10 { try await compare(store, with: bookings, &random, providers, customers) }
        }
    }

    private func growOrChange(
        _ store: any Store, _ bookings: inout [Booking], _ number: Int, _ random: inout SeededRandom,
        _ providers: [ProviderID], _ customers: [Subject]
    ) async throws {
        let start = random.below(40) * 600
        let booking = aBooking(
            UInt64(number), provider: providers[random.below(3)],
            customer: [nil, customers[0], customers[1]][random.below(3)],
            slot: slot(start, start + 300 + random.below(6) * 300),
            status: random.below(4) == 0 ? .pending : .confirmed,
            at: at(random.below(50) - 100))
        guard try await store.write(creation(of: booking)).isWritten else { return }
        bookings.append(booking)
        if random.below(4) == 0, let cancel = try change(booking, .cancel, at: at(-1)),
            try await store.write(cancel).isWritten
        {
            bookings[bookings.count - 1] = cancel.booking
        }
    }

    private func compare(
        _ store: any Store, with bookings: [Booking], _ random: inout SeededRandom, _ providers: [ProviderID],
        _ customers: [Subject]
    ) async throws {
        let scope = [
            BookingScope.all, BookingScope(provider: providers[0]), BookingScope(customer: customers[0]),
            BookingScope(provider: providers[1], customer: customers[1]),
        ][random.below(4)]
        var query = BookingQuery(
            list: BookingList.allCases[random.below(3)], scope: scope, asOf: at(random.below(80) * 300))
        if query.list == .all {
            query.sort = BookingSort(
                random.below(2) == 0 ? .startTime : .createdAt, descending: random.below(2) == 0)
            if random.below(3) == 0 { query.filter.statuses = [.pending, .cancelled] }
            if random.below(3) == 0 { query.filter.providerID = providers[2] }
            if random.below(3) == 0 { query.filter.customerID = customers[1] }
            if random.below(3) == 0 { query.filter.from = at(random.below(20) * 600) }
            if random.below(3) == 0 { query.filter.to = at(random.below(40) * 600) }
        }
        let oracle = bookings.filter(query.accepts).sorted {
            query.sort.precedes(query.sort.key(of: $0), query.sort.key(of: $1))
        }
        let limit = 1 + random.below(20)
        let number = 1 + random.below(3)
        let page = try await store.bookings(query, .page(number: number, limit: limit))
        XCTAssertEqual(page.bookings, Array(oracle.dropFirst((number - 1) * limit).prefix(limit)))
        XCTAssertEqual(page.total, oracle.count)
        for beyond in [Int.max / limit, .max] {
            let none = try await store.bookings(query, .page(number: beyond, limit: limit))
            XCTAssertEqual(none.bookings, [])
            XCTAssertEqual(none.total, oracle.count)
        }
        var upcoming = query
        upcoming.list = .upcoming
        let ends = bookings.filter(upcoming.accepts).map(\.slot.end)
        XCTAssertEqual(page.changesAt, query.list == .all ? nil : ends.min())
        if let middle = oracle.dropFirst(oracle.count / 2).first {
            let rest = try await store.bookings(query, .after(query.sort.key(of: middle), limit: 5))
            XCTAssertEqual(rest.bookings, Array(oracle.dropFirst(oracle.count / 2 + 1).prefix(5)))
        }
    }

    // MARK: - The log

    @Sendable private func test_events_are_read_in_order_within_their_scope_and_their_time() async throws {
        let store = try await makeStore()
        let ann = subject("ann")
        for number in 0..<6 {
            let booking = aBooking(
                UInt64(number), provider: ProviderID(high: 0, low: UInt64(number % 2)),
                customer: number == 3 ? ann : nil,
                slot: slot(3600 + number * 60, 3660 + number * 60), at: at(number * 10))
            _ = try await store.write(creation(of: booking))
        }
        let own = try await store.events(
            after: .start, in: BookingScope(provider: ProviderID(high: 0, low: 0), customer: ann), keptSince: .earliest,
            limit: 100)
        XCTAssertEqual(own?.events.map(\.position.number), [1, 3, 4, 5])
        XCTAssertEqual(own?.through, LogPosition(6))
        let cut = try await store.events(after: LogPosition(1), in: .all, keptSince: .earliest, limit: 2)
        XCTAssertEqual(cut?.events.map(\.position.number), [2, 3])
        XCTAssertEqual(cut?.through, LogPosition(3))
        let tails = [
            try await store.tail(after: LogPosition(1), limit: 2),
            try await store.tail(after: LogPosition(6), limit: 2),
        ]
        XCTAssertEqual(tails.map { $0?.events }, [cut?.events, []])
        XCTAssertEqual(tails.map { $0?.through }, [LogPosition(3), LogPosition(6)])
        let tooOld = try await store.events(after: .start, in: .all, keptSince: at(25), limit: 100)
        XCTAssertNil(tooOld)
        let fromOldest = try await store.events(after: nil, in: .all, keptSince: at(25), limit: 100)
        XCTAssertEqual(fromOldest?.events.map(\.position.number), [4, 5, 6])
        let oldest = try await store.oldest(keptSince: at(25))
        XCTAssertEqual(oldest, LogPosition(3))
        let change = try await store.lastChange(in: BookingScope(customer: ann))
        XCTAssertEqual(change, LogPosition(4))
    }

    @Sendable private func test_a_trimmed_log_keeps_its_history_and_its_places() async throws {
        let store = try await makeStore()
        let booking = aBooking()
        _ = try await store.write(creation(of: booking))
        try await store.trim(keptSince: at(100))
        let gone = try await store.events(after: .start, in: .all, keptSince: .earliest, limit: 10)
        XCTAssertNil(gone)
        let history = try await store.history(of: booking.id, from: 1, limit: 100)
        XCTAssertEqual(history.count, 1)
        _ = try await store.write(creation(of: aBooking(2, slot: slot(9000, 9600), at: at(200))))
        let next = try await store.events(after: LogPosition(1), in: .all, keptSince: at(100), limit: 10)
        XCTAssertEqual(next?.events.map(\.position.number), [2])
        let trimmed = try await store.tail(after: .start, limit: 10)
        XCTAssertNil(trimmed)
        let tail = try await store.tail(after: LogPosition(1), limit: 10)
        XCTAssertEqual(tail?.events, next?.events)
    }

    // MARK: - Reminders

    @Sendable private func test_reminders_fire_in_the_order_of_their_due_instants_never_early_and_once() async throws {
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
        let events = try await everything(store)
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
            firings: firings.map { .init(outcome: $0.0, lateness: $0.1) }, lastPosition: last.map { LogPosition($0) },
            isCut: false)
    }

    @Sendable
    private func
        test_a_reminder_that_was_due_before_its_booking_was_made_goes_late_and_one_whose_booking_has_started_is_missed()
        async throws
    {
        let store = try await makeStore()
        _ = try await store.write(creation(of: aBooking(1, slot: slot(100, 200), at: at(0))))
        let late = try await store.fireDue(at: at(0), limit: 10)
        XCTAssertEqual(late, fired([(.late, .seconds(500))], last: 2))
        let event = try await everything(store, after: LogPosition(1)).first?.event
        XCTAssertEqual(event?.kind, .reminder(ReminderNotice(dueAt: at(-500), lead: .seconds(600), isLate: true)))
        _ = try await store.write(creation(of: aBooking(2)))
        let missed = try await store.fireDue(at: at(3600), limit: 10)
        XCTAssertEqual(missed, fired([(.missed, .seconds(600))], last: nil))
    }

    @Sendable private func test_eight_at_once_fire_each_reminder_once() async throws {
        let store = try await makeStore()
        for number in 0..<50 {
            _ = try await store.write(
                creation(of: aBooking(UInt64(number), slot: slot(3600 + number * 60, 3660 + number * 60))))
        }
        let fired = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { try await store.fireDue(at: at(3500), limit: 7).firings.count } }
            return try await group.reduce(into: 0) { $0 += $1 }
        }
        let rest = try await store.fireDue(at: at(3500), limit: 100)
        let reminders = try await everything(store, after: LogPosition(50))
        XCTAssertEqual(reminders.count, fired + rest.firings.count)
        XCTAssertEqual(Set(reminders.map(\.event.booking.id)).count, reminders.count)
    }

    @Sendable private func test_the_sealing_key_is_made_once() async throws {
        let store = try await makeStore()
        let first = try await store.sealingKey()
        let second = try await store.sealingKey()
        XCTAssertEqual(first.count, 32)
        XCTAssertEqual(first, second)
        let identities = [try await store.databaseIdentity(), try await store.databaseIdentity()]
        XCTAssertEqual(identities[0], identities[1])
        XCTAssertFalse(identities[0].isEmpty)
    }
}

/// A generator of tests: SplitMix64.
package struct SeededRandom {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func below(_ bound: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mix = state
        mix = (mix ^ mix >> 30) &* 0xbf58_476d_1ce4_e5b9
        mix = (mix ^ mix >> 27) &* 0x94d0_49bb_1331_11eb
        return Int((mix ^ mix >> 31) % UInt64(bound))
    }
}
