import Bookings
import XCTest

extension StoreContract {
    @Sendable func test_a_booking_is_read_as_it_was_written_with_its_event_history_and_reminder()
        async throws
    {
        let store = try await makeStore()
        let booking = aBooking(customer: subject("änn \"x\""))
        let outcome = try await store.write(creation(of: booking))
        XCTAssertTrue(outcome.isWritten)
        let read = try await store.booking(booking.id)
        XCTAssertEqual(read, booking)
        let events = try await allEvents(store)
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

    @Sendable func test_an_event_keeps_the_trace_of_its_request() async throws {
        let store = try await makeStore()
        let booking = aBooking()
        _ = try await store.write(creation(of: booking, by: aTracedOrigin))
        let cancellation = try XCTUnwrap(change(booking, .cancel, at: at(1)))
        _ = try await store.write(cancellation)
        let traces = try await allEvents(store).map(\.trace)
        XCTAssertEqual(traces, [aTrace, nil])
        let tail = try await store.tail(after: .start, limit: 9)
        XCTAssertEqual(tail?.events.map(\.trace), traces)
        let history = try await store.history(of: booking.id, from: 1, limit: 9)
        XCTAssertEqual(history.map(\.origin), [anOrigin, anOrigin], "a history does not show it")
    }

    @Sendable
    func test_adjacent_slots_can_be_booked_and_an_overlap_is_refused_with_the_next_free_slot()
        async throws
    {
        let store = try await makeStore()
        for (number, slot) in [slot(3600, 7200), slot(7200, 7800), slot(9000, 9600)].enumerated() {
            let outcome = try await store.write(creation(of: aBooking(UInt64(number), slot: slot)))
            XCTAssertTrue(outcome.isWritten)
        }
        let before = try await store.head()
        let outcome = try await store.write(creation(of: aBooking(9, slot: slot(7000, 8500))))
        guard case .slotTaken(let blocking, let nextFree) = outcome else {
            return XCTFail("\(outcome)")
        }
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

    @Sendable func test_one_of_two_hundred_concurrent_overlapping_writes_succeeds() async throws {
        let outcomes = try await concurrentOutcomes(try await makeStore()) { number in
            aBooking(number, slot: slot(3600 + Int(number), 7200))
        }
        XCTAssertEqual(outcomes.filter(\.isWritten).count, 1)
        XCTAssertEqual(outcomes.filter(\.isSlotTaken).count, 199)
    }

    /// A database may execute a write twice, when it was interrupted, and leaves a gap in the positions then.
    @Sendable func test_two_hundred_concurrent_adjacent_writes_all_succeed_and_are_in_the_log_once() async throws {
        let store = try await makeStore()
        let outcomes = try await concurrentOutcomes(store) { number in
            aBooking(number, slot: slot(3600 + Int(number) * 60, 3660 + Int(number) * 60))
        }
        let positions = outcomes.compactMap { outcome -> Int64? in
            if case .written(let position) = outcome { position.number } else { nil }
        }
        XCTAssertEqual(Set(positions).count, 200)
        let log = try await allEvents(store).map(\.position.number)
        XCTAssertEqual(log, positions.sorted())
    }

    private func concurrentOutcomes(
        _ store: any Store, _ booking: @escaping @Sendable (UInt64) -> Booking
    ) async throws -> [WriteOutcome] {
        return try await withThrowingTaskGroup(of: WriteOutcome.self) { group in
            for number in 0..<200 {
                group.addTask { try await store.write(creation(of: booking(UInt64(number)))) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Sendable func test_a_change_of_an_old_version_is_stale_and_writes_nothing() async throws {
        let store = try await makeStore()
        let booking = aBooking()
        _ = try await store.write(creation(of: booking))
        let cancel = try XCTUnwrap(change(booking, .cancel, at: at(10)))
        let first = try await store.write(cancel)
        XCTAssertTrue(first.isWritten)
        let second = try await store.write(
            try XCTUnwrap(change(booking, .cancel, at: at(10), by: anotherOrigin)))
        guard case .stale = second else { return XCTFail("\(second)") }
        let missing = try await store.write(try XCTUnwrap(change(aBooking(99), .cancel, at: at(10))))
        guard case .stale = missing else { return XCTFail("\(missing)") }
        let events = try await allEvents(store)
        XCTAssertEqual(events.map(\.event.name), [.created, .cancelled])
    }

    @Sendable func test_cancelling_a_booking_frees_its_slot_and_removes_its_reminder() async throws {
        let store = try await makeStore()
        let booking = aBooking()
        _ = try await store.write(creation(of: booking))
        _ = try await store.write(try XCTUnwrap(change(booking, .cancel, at: at(10))))
        let due = try await store.nextDue()
        XCTAssertNil(due)
        let again = try await store.write(creation(of: aBooking(2)))
        XCTAssertTrue(again.isWritten)
    }

    @Sendable func test_a_refused_reschedule_changes_neither_booking_nor_reminder() async throws {
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

    private func record(_ key: String, body: String = "{}", at now: Timestamp = at(0))
        -> IdempotencyRecord
    {
        IdempotencyRecord(
            key: IdempotencyKey(subject: subject("ann"), method: "POST", path: "/bookings", key: key),
            bodyDigest: [1, 2, 3],
            answer: StoredAnswer(
                status: 201, contentType: "application/json", etag: "\"1\"", location: "/x",
                body: Array(body.utf8)),
            createdAt: now)
    }

    @Sendable func test_the_first_record_of_a_key_is_kept_for_24_hours() async throws {
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
        let replaced = try await store.keep(
            record("k", body: "fourth", at: at(day + 1)), at: at(day + 1))
        XCTAssertEqual(replaced?.answer.body, Array("fourth".utf8))
    }

    @Sendable func test_expired_records_are_deleted_in_parts() async throws {
        let store = try await makeStore()
        let records = (0..<5).map { record("k \($0)", at: at($0)) }
        for record in records { _ = try await store.keep(record, at: record.createdAt) }
        let first = try await store.forgetIdempotencyRecords(from: .earliest, before: at(4), limit: 3)
        XCTAssertEqual(first, at(2))
        let rest = try await store.forgetIdempotencyRecords(from: at(2), before: at(4), limit: 3)
        XCTAssertNil(rest)
        var left: [IdempotencyRecord] = []
        for record in records {
            let found = try await store.idempotencyRecord(record.key, at: at(10))
            if let found { left.append(found) }
        }
        XCTAssertEqual(left, [records[4]])
    }

    /// Of more adjacent bookings than one part of the search has, two are missing: a short one and two in a row.
    @Sendable func test_the_next_free_slot_of_a_full_calendar_is_the_earliest_gap_of_its_length() async throws {
        let store = try await makeStore()
        let (count, gaps) = (FreeSlotSearch.partSize + 100, [500, 1050, 1051])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count where !gaps.contains(number) {
                let booking = aBooking(
                    UInt64(number), slot: slot(3600 + number * 60, 3660 + number * 60), status: .pending)
                group.addTask { _ = try await store.write(creation(of: booking, plan: ReminderPlan(leads: []))) }
            }
            try await group.waitForAll()
        }
        for (minutes, next) in [(1, 500), (2, 1050), (3, count)] {
            let wish = aBooking(9999, slot: slot(3600, 3600 + minutes * 60))
            guard case .slotTaken(let blocking, let nextFree) = try await store.write(creation(of: wish)) else {
                return XCTFail("the slot was free")
            }
            XCTAssertEqual(blocking, slot(3600, 3660))
            XCTAssertEqual(nextFree, slot(3600 + next * 60, 3600 + (next + minutes) * 60))
        }
    }
}
