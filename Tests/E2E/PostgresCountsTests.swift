import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsPostgres
@testable import BookingsRuntime
@testable import SimulationKit

/// The counts of bookings, which follow the event log (decision 0031).
final class PostgresCountsTests: PostgresTestCase {
    private let provider = ProviderID(high: 0, low: 1)

    /// Bookings of two providers over two hundred days, in a database whose counts change only by the test.
    private func filled() async throws -> (store: PostgresStore, url: String, bookings: [Booking]) {
        let url = try await EphemeralServices.freshDatabase()
        let store = store(on: url)
        try await store.migrate(to: nil)
        var bookings: [Booking] = []
        for number in 1...60 {
            let start = number * 288_000
            let made = booking(
                UInt64(number), provider: UInt64(number % 2 + 1), customer: "ann", slot: slot(start, start + 3600),
                status: .pending)
            _ = try await store.write(creation(of: made))
            bookings.append(made)
        }
        return (store, url, bookings)
    }

    /// Reschedules, confirms or cancels.
    private func change(_ index: Int, of bookings: inout [Booking], in store: PostgresStore) async throws {
        let start = bookings[index].slot.start + .seconds(86_400 * (index % 5) + 7200)
        let actions: [BookingAction] = [
            .reschedule(to: .stored(start: start, end: start + .seconds(3600))), .confirm, .cancel,
        ]
        guard let write = try? TestSupport.change(bookings[index], actions[index % 3], at: at(1)) else { return }
        if try await store.write(write).isWritten { bookings[index] = write.booking }
    }

    private func sql(_ statements: String, on url: String) async throws -> [String] {
        let result = try await EphemeralServices.sql(statements, on: url)
        XCTAssertEqual(result.status, 0, "\(result.lines)")
        return result.lines
    }

    /// The counts that differ from what the table of bookings says.
    private let differences = """
        with expected as (
            select owner, level::smallint, start_time / (86400000::bigint << 5 * level) as number, status,
                count(*) as bookings
            from bookings
            cross join lateral (
                values ('a'), ('p' || provider_id), ('c' || customer_id)
            ) as o (owner) join counted_owners using (owner)
            cross join generate_series(0, 2) as level group by 1, 2, 3, 4
        ), actual as (select owner, level, number, status, bookings from booking_counts where bookings <> 0)
        (select * from expected except select * from actual) union all
        (select * from actual except select * from expected)
        """

    func test_the_counts_are_those_of_the_bookings_however_the_log_is_folded() async throws {
        var (store, url, bookings) = try await filled()
        _ = try await sql("select count_owner('a')", on: url)
        for round in 1...4 {
            for index in 0..<30 { try await change(index * 2 % 60, of: &bookings, in: store) }
            _ = try await sql("select fold_booking_counts(\(round * 2))", on: url)
            // Counted while the counts are behind the log.
            if round == 2 { _ = try await sql("select count_owner('p\(provider)')", on: url) }
            if round == 3 { _ = try await sql("select count_owner('cann'), count_owner('a')", on: url) }
        }
        let behind = try await sql("select fold_booking_counts(1000)", on: url)
        XCTAssertNotEqual(behind, ["0"])
        let left = try await sql("select fold_booking_counts(1000)", on: url)
        XCTAssertEqual(left, ["0"])
        let different = try await sql(differences, on: url)
        XCTAssertEqual(different, [])
        let owners = try await sql("select count(*) from counted_owners", on: url)
        XCTAssertEqual(owners, ["3"])
    }

    func test_a_total_is_exact_while_the_counts_cannot_follow_the_log() async throws {
        var (store, url, bookings) = try await filled()
        _ = try await sql("select count_owner('a'), count_owner('p\(provider)')", on: url)
        let holder = try ChildProcess(
            "/usr/bin/psql",
            [
                "-X", "-q", "-A", "-t", "-d", url, "-c", "begin", "-c",
                "select 'held' from booking_counts_progress for update", "-c", "select pg_sleep(60)",
            ], in: TestServer.root)
        for await line in holder.lines where line == "held" { break }
        let folded = try await sql("select fold_booking_counts(1000)", on: url)
        XCTAssertEqual(folded, ["0"])
        for index in 0..<60 {
            try await change(index, of: &bookings, in: store)
            let query = BookingQuery(
                list: BookingList.allCases[index % 3],
                scope: index % 2 == 0 ? .all : BookingScope(provider: provider), asOf: at(index * 288_000))
            let page = try await store.bookings(query, .page(number: 1, limit: 10))
            XCTAssertEqual(page.total, bookings.count(where: query.accepts), "\(query)")
        }
        try await EphemeralServices.sql(
            """
            select pg_terminate_backend(pid, 30000) from pg_stat_activity
            where datname = current_database() and query = 'select pg_sleep(60)'
            """, on: url)
        holder.kill()
    }

    func test_an_owner_with_many_bookings_is_counted_after_its_first_long_list() async throws {
        let (_, url, bookings) = try await filled()
        let store = PostgresStore(
            url: url, identifiers: SystemIdentifiers(), logger: .init(label: "test"), readLimit: 10)
        let query = BookingQuery(list: .upcoming, scope: BookingScope(provider: provider), asOf: at(0))
        var owners: [String] = []
        while owners.isEmpty {
            let page = try await store.bookings(query, .page(number: 1, limit: 10))
            XCTAssertEqual(page.total, bookings.count(where: query.accepts))
            owners = try await sql("select owner from counted_owners", on: url)
        }
        XCTAssertEqual(owners, ["p\(provider)"])
        let page = try await store.bookings(query, .page(number: 1, limit: 10))
        XCTAssertEqual(page.total, bookings.count(where: query.accepts))
        let different = try await sql(differences, on: url)
        XCTAssertEqual(different, [])
    }
}
