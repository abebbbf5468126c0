import TestSupport
import XCTest

@testable import Bookings

final class TotalPlanTests: XCTestCase {
    private static let day = 86_400

    /// Returns a time slot in seconds after the beginning of a day.
    private func day(_ number: Int, _ seconds: Int = 0) -> Timestamp {
        Timestamp(milliseconds: Int64(22_000 + number) * 86_400_000 + Int64(seconds) * 1000)
    }

    private func plan(
        _ list: BookingList, _ scope: BookingScope = .all, asOf: Timestamp? = nil,
        _ change: (inout BookingFilter) -> Void = { _ in }
    ) -> TotalPlan? {
        var filter = BookingFilter()
        change(&filter)
        return TotalPlan(BookingQuery(list: list, scope: scope, filter: filter, asOf: asOf ?? day(10, 3600)))
    }

    func test_an_upcoming_list_reads_what_starts_in_the_day_before_and_the_rest_of_the_day() throws {
        let plan = try XCTUnwrap(plan(.upcoming))
        XCTAssertEqual(plan.read, [day(9, 3600)..<day(11)])
        XCTAssertEqual(plan.counted.lowerBound, day(11))
        XCTAssertGreaterThan(plan.counted.upperBound, Timestamp.latest - TimeSlot.longest)
        XCTAssertEqual(Set(plan.statuses), [.pending, .confirmed, .completed, .noShow])
    }

    func test_a_past_list_reads_what_starts_less_than_two_days_before() throws {
        let plan = try XCTUnwrap(plan(.past))
        XCTAssertEqual(plan.read, [day(9)..<day(10, 3600)])
        XCTAssertEqual(plan.counted, .earliest..<day(9))
    }

    func test_a_span_reads_the_days_at_both_ends() throws {
        let plan = try XCTUnwrap(
            plan(.all) { filter in
                filter.from = day(1, 60)
                filter.to = day(20, 60)
                filter.statuses = [.pending]
            })
        XCTAssertEqual(plan.read, [day(0, 60)..<day(2), day(20)..<day(20, 60)])
        XCTAssertEqual(plan.counted, day(2)..<day(20))
        XCTAssertEqual(plan.statuses, [.pending])
    }

    func test_a_short_span_is_read_as_a_whole() throws {
        let plan = try XCTUnwrap(
            plan(.all) { filter in
                filter.from = day(1, 60)
                filter.to = day(1, 120)
            })
        XCTAssertEqual(plan.read, [day(0, 60)..<day(1, 120)])
        XCTAssertEqual(plan.counts, [])
    }

    func test_the_owner_follows_from_scope_and_filter() {
        let (customer, other) = (subject("customer"), ProviderID(high: 3, low: 3))
        XCTAssertEqual(plan(.all)?.owner.key, "a")
        XCTAssertEqual(plan(.all, BookingScope(provider: aProvider))?.owner.key, "p\(aProvider)")
        XCTAssertEqual(plan(.all, BookingScope(customer: customer))?.owner.key, "ccustomer")
        XCTAssertEqual(plan(.all, BookingScope(provider: aProvider, customer: customer))?.owner, .provider(aProvider))
        XCTAssertEqual(plan(.all) { $0.providerID = other }?.owner, .provider(other))
        XCTAssertEqual(plan(.all) { $0.customerID = customer }?.owner, .customer(customer))
        XCTAssertNil(plan(.all, BookingScope(provider: aProvider)) { $0.customerID = customer })
        XCTAssertNil(
            plan(.all) { filter in
                filter.customerID = customer
                filter.providerID = other
            })
        XCTAssertNil(plan(.all) { $0.serviceID = aService })
    }

    func test_few_counts_cover_a_long_span_and_each_day_is_counted_once() {
        var random = SeededRandom(seed: 3)
        for _ in 0..<200 {
            let first = random.below(3000)
            let length = random.below(6000)
            let ranges = CountRange.covering(day(first)..<day(first + length))
            XCTAssertLessThanOrEqual(ranges.count, 5)
            XCTAssertLessThanOrEqual(ranges.map(\.numbers.count).reduce(0, +), 4 * 31 + 7)
            var days: [Int64] = []
            for range in ranges {
                let width = (0..<range.level).reduce(Int64(1)) { width, _ in width * CountRange.width }
                days += Array(range.numbers.lowerBound * width..<range.numbers.upperBound * width)
            }
            XCTAssertEqual(days.sorted(), Array(22_000 + Int64(first)..<22_000 + Int64(first + length)))
        }
    }

    func test_a_plan_counts_and_reads_exactly_the_bookings_of_the_list() throws {
        var random = SeededRandom(seed: 4)
        for _ in 0..<300 {
            let bounds = (0..<3).map { _ in day(random.below(12), random.below(3) * 28_800) }
            var query = BookingQuery(list: BookingList.allCases[random.below(3)], scope: .all, asOf: bounds[0])
            if random.below(2) == 0 { query.filter.from = bounds[1] }
            if random.below(2) == 0 { query.filter.to = bounds[2] }
            let plan = try XCTUnwrap(TotalPlan(query))
            for start in 0..<42 {
                for length in [1, 14_400, Self.day] {
                    let (first, status) = (day(0, start * 28_800), BookingStatus.allCases[random.below(6)])
                    let slot = TimeSlot.stored(start: first, end: first + .seconds(length))
                    let isRead = plan.read.contains { $0.contains(first) }
                    XCTAssertFalse(isRead && plan.counted.contains(first))
                    XCTAssertEqual(
                        isRead
                            ? query.accepts(aBooking(slot: slot, status: status))
                            : plan.counted.contains(first) && plan.statuses.contains(status),
                        query.accepts(aBooking(slot: slot, status: status)), "\(query) \(slot)")
                }
            }
        }
    }
}
