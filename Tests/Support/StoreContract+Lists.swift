import Bookings
import XCTest

extension StoreContract {
    @Sendable func test_lists_agree_with_a_model_that_filters_and_sorts_all_bookings() async throws {
        let store = try await makeStore()
        var random = SeededRandom(seed: 7)
        let providers = (1...3).map { ProviderID(high: 1, low: UInt64($0)) }
        let customers = [subject("ann"), subject("bob")]
        var bookings: [Booking] = []
        // A hundred growing sets of data, with ten queries each.
        for round in 0..<100 {
            for number in 0..<(round == 0 ? 60 : 2) {
                try await growOrChange(
                    store, &bookings, round * 100 + number, &random, providers, customers)
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
        _ store: any Store, with bookings: [Booking], _ random: inout SeededRandom,
        _ providers: [ProviderID],
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
        let expected = bookings.filter(query.accepts).sorted {
            query.sort.precedes(query.sort.key(of: $0), query.sort.key(of: $1))
        }
        let limit = 1 + random.below(20)
        let number = 1 + random.below(3)
        let page = try await store.bookings(query, .page(number: number, limit: limit))
        XCTAssertEqual(page.bookings, Array(expected.dropFirst((number - 1) * limit).prefix(limit)))
        XCTAssertEqual(page.total, expected.count)
        for beyond in [Int.max / limit, .max] {
            let none = try await store.bookings(query, .page(number: beyond, limit: limit))
            XCTAssertEqual(none.bookings, [])
            XCTAssertEqual(none.total, expected.count)
        }
        var upcoming = query
        upcoming.list = .upcoming
        let ends = bookings.filter(upcoming.accepts).map(\.slot.end)
        XCTAssertEqual(page.changesAt, query.list == .all ? nil : ends.min())
        if let middle = expected.dropFirst(expected.count / 2).first {
            let rest = try await store.bookings(query, .after(query.sort.key(of: middle), limit: 5))
            XCTAssertEqual(rest.bookings, Array(expected.dropFirst(expected.count / 2 + 1).prefix(5)))
        }
    }
}
