import Bookings
import XCTest

extension StoreContract {
    private static let customers = [subject("ann"), subject("bob")]
    private static let days = 1500

    /// Stores count most bookings of a long list without reading them. Bookings are spread over years, and change.
    @Sendable func test_lists_have_exact_totals_over_many_days_while_bookings_change() async throws {
        let store = try await makeStore()
        var random = SeededRandom(seed: 11)
        var bookings: [Booking] = []
        for number in 0..<400 {
            if random.below(3) < 2 || bookings.isEmpty {
                try await create(number, in: store, &bookings, &random)
            } else {
                try await change(random.below(bookings.count), of: &bookings, in: store, &random)
            }
            if number > 40 { try await compareTotals(store, with: bookings, &random) }
        }
    }

    private func instant(_ random: inout SeededRandom) -> Timestamp {
        at(random.below(Self.days) * 86_400 + random.below(12) * 7200)
    }

    private func create(
        _ number: Int, in store: any Store, _ bookings: inout [Booking], _ random: inout SeededRandom
    ) async throws {
        let start = instant(&random)
        let booking = aBooking(
            UInt64(number), provider: ProviderID(high: 1, low: UInt64(random.below(2))),
            customer: [nil, Self.customers[0], Self.customers[1]][random.below(3)],
            slot: .stored(start: start, end: start + .seconds([3600, 7200, 86_400][random.below(3)])),
            status: random.below(2) == 0 ? .pending : .confirmed)
        if try await store.write(creation(of: booking)).isWritten { bookings.append(booking) }
    }

    private func change(
        _ index: Int, of bookings: inout [Booking], in store: any Store, _ random: inout SeededRandom
    ) async throws {
        let start = instant(&random)
        let moved = TimeSlot.stored(start: start, end: start + .seconds(3600))
        let action: BookingAction = [.cancel, .confirm, .decline, .reschedule(to: moved), .reschedule(to: moved)][
            random.below(5)]
        guard let write = try? TestSupport.change(bookings[index], action, at: at(-1)) else { return }
        if try await store.write(write).isWritten { bookings[index] = write.booking }
    }

    private func compareTotals(
        _ store: any Store, with bookings: [Booking], _ random: inout SeededRandom
    ) async throws {
        let provider = ProviderID(high: 1, low: 0)
        let scope = [
            BookingScope.all, BookingScope(provider: provider), BookingScope(customer: Self.customers[0]),
            BookingScope(provider: provider, customer: Self.customers[1]),
        ][random.below(4)]
        var query = BookingQuery(list: BookingList.allCases[random.below(3)], scope: scope, asOf: instant(&random))
        if query.list == .all {
            if random.below(2) == 0 { query.filter.from = instant(&random) }
            if random.below(2) == 0 { query.filter.to = instant(&random) }
            if random.below(3) == 0 { query.filter.statuses = [.pending, .cancelled] }
            if random.below(4) == 0 { query.filter.providerID = provider }
            if random.below(4) == 0 { query.filter.customerID = Self.customers[1] }
        }
        let page = try await store.bookings(query, .page(number: 1, limit: 1))
        XCTAssertEqual(page.total, bookings.count(where: query.accepts), "\(query)")
        var upcoming = query
        upcoming.list = .upcoming
        let firstEnd = bookings.filter(upcoming.accepts).map(\.slot.end).min()
        XCTAssertEqual(page.changesAt, query.list == .all ? nil : firstEnd, "\(query)")
    }
}
