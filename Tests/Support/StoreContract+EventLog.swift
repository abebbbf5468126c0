import Bookings
import XCTest

extension StoreContract {
    @Sendable func test_events_are_read_in_order_within_scope_and_retention() async throws {
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
            after: .start, in: BookingScope(provider: ProviderID(high: 0, low: 0), customer: ann),
            keptSince: .earliest,
            limit: 100)
        XCTAssertEqual(own?.events.map(\.position.number), [1, 3, 4, 5])
        XCTAssertEqual(own?.through, LogPosition(6))
        let cut = try await store.events(
            after: LogPosition(1), in: .all, keptSince: .earliest, limit: 2)
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

    @Sendable func test_the_changes_after_a_position_name_the_owners_of_the_bookings() async throws {
        let store = try await makeStore()
        let providers = (0..<3).map { ProviderID(high: 7, low: $0) }
        let customers = [subject("ann"), nil, subject("bob")]
        for (index, provider) in providers.enumerated() {
            let booking = aBooking(UInt64(index + 1), provider: provider, customer: customers[index])
            _ = try await store.write(creation(of: booking))
        }
        let owners = (0..<3).map {
            LogChanges.Change(position: LogPosition(Int64($0) + 1), provider: providers[$0], customer: customers[$0])
        }
        let all = try await store.changes(after: .start)
        XCTAssertEqual(all, LogChanges(head: LogPosition(3), changes: owners))
        let newest = try await store.changes(after: LogPosition(2))
        XCTAssertEqual(newest, LogChanges(head: LogPosition(3), changes: [owners[2]]))
        for ahead: Int64 in [3, 9] {
            let none = try await store.changes(after: LogPosition(ahead))
            XCTAssertEqual(none, LogChanges(head: LogPosition(3), changes: []))
        }
        let tooMany = try await store.changes(after: LogPosition(2 - LogChanges.maximumSpan))
        XCTAssertEqual(tooMany, LogChanges(head: LogPosition(3), changes: nil))
    }

    @Sendable func test_readers_that_are_behind_by_different_positions_share_a_read_of_changes() async throws {
        let store = try await makeStore()
        for number: UInt64 in 1...3 {
            let hour = Int(number) * 3600
            _ = try await store.write(creation(of: aBooking(number, slot: slot(hour, hour + 600))))
        }
        let reads = try await withThrowingTaskGroup(of: (Int64, LogChanges).self) { group in
            for position: Int64 in 0...3 {
                group.addTask { (position, try await store.changes(after: LogPosition(position))) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for (position, read) in reads {
            XCTAssertEqual(read.head, LogPosition(3))
            let after = read.changes?.map(\.position.number).filter { $0 > position }
            XCTAssertEqual(after, Array(1...3).filter { $0 > position })
        }
    }

    @Sendable func test_trimming_the_log_keeps_history_and_positions() async throws {
        let store = try await makeStore()
        let booking = aBooking()
        _ = try await store.write(creation(of: booking))
        let isCut = try await store.trim(keptSince: at(100), limit: 10)
        XCTAssertFalse(isCut)
        let gone = try await store.events(after: .start, in: .all, keptSince: .earliest, limit: 10)
        XCTAssertNil(gone)
        let history = try await store.history(of: booking.id, from: 1, limit: 100)
        XCTAssertEqual(history.count, 1)
        _ = try await store.write(creation(of: aBooking(2, slot: slot(9000, 9600), at: at(200))))
        let next = try await store.events(
            after: LogPosition(1), in: .all, keptSince: at(100), limit: 10)
        XCTAssertEqual(next?.events.map(\.position.number), [2])
        let trimmed = try await store.tail(after: .start, limit: 10)
        XCTAssertNil(trimmed)
        let tail = try await store.tail(after: LogPosition(1), limit: 10)
        XCTAssertEqual(tail?.events, next?.events)
    }

    @Sendable func test_a_history_is_read_in_parts() async throws {
        let store = try await makeStore()
        var booking = aBooking()
        _ = try await store.write(creation(of: booking))
        for number in 1...4 {
            let move = try change(booking, .reschedule(to: slot(3600 + number, 7200)), at: at(number))
            guard let move else { return XCTFail("the reschedule was no change") }
            _ = try await store.write(move)
            booking = move.booking
        }
        for (from, limit, versions) in [(1, 2, [1, 2]), (3, 2, [3, 4]), (5, 2, [5]), (6, 2, [])] {
            let entries = try await store.history(of: booking.id, from: from, limit: limit)
            XCTAssertEqual(entries.map(\.booking.version), versions)
        }
    }

    @Sendable func test_the_sealing_key_is_made_once() async throws {
        let store = try await makeStore()
        let first = try await store.sealingKey()
        let second = try await store.sealingKey()
        XCTAssertEqual(first.count, 32)
        XCTAssertEqual(first, second)
        let identities = [try await store.databaseIdentity(), try await store.databaseIdentity()]
        XCTAssertEqual(identities[0], identities[1])
        XCTAssertFalse(identities[0].isEmpty)
    }

    /// Returns a store with events that occurred ten seconds after each other.
    private func storeWithEvents(_ count: Int) async throws -> any Store {
        let store = try await makeStore()
        for number in 0..<count {
            let booking = aBooking(
                UInt64(number), slot: slot(90_000 + number * 60, 90_060 + number * 60), at: at(number * 10))
            _ = try await store.write(creation(of: booking))
        }
        return store
    }

    @Sendable func test_the_oldest_readable_event_is_found_wherever_the_retention_ends() async throws {
        let count = 40
        let store = try await storeWithEvents(count)
        for trimmed in [0, 3] {
            if trimmed > 0 { _ = try await store.trim(keptSince: at(trimmed * 10), limit: count) }
            for expired in 0...count {
                let keptSince = at(expired * 10 - 5)
                let oldest = try await store.oldest(keptSince: keptSince)
                XCTAssertEqual(oldest, LogPosition(Int64(max(expired, trimmed))))
                let events = try await store.events(after: nil, in: .all, keptSince: keptSince, limit: count)
                XCTAssertEqual(events?.events.first?.position.number, expired == count ? nil : oldest.next.number)
                XCTAssertEqual(events?.events.count, count - max(expired, trimmed))
            }
        }
    }

    @Sendable func test_the_log_is_trimmed_in_parts() async throws {
        let store = try await storeWithEvents(10)
        for (isCut, floor) in [(true, 4), (true, 8), (false, 9), (false, 9)] {
            let cut = try await store.trim(keptSince: at(90), limit: 4)
            XCTAssertEqual(cut, isCut)
            let before = try await store.tail(after: LogPosition(Int64(floor - 1)), limit: 10)
            XCTAssertNil(before)
            let after = try await store.tail(after: LogPosition(Int64(floor)), limit: 10)
            XCTAssertEqual(after?.events.count, 10 - floor)
        }
    }
}
