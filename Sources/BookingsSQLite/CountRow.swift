import Bookings
import GRDB

/// The counts of bookings by the day of their start (migration 3). Each write changes them in its transaction, for the
/// owners that are counted.
enum CountRow {
    static func isCounted(_ owner: CountedOwner, in database: Database) throws -> Bool {
        let statement = try database.cachedStatement(
            sql: "select exists (select 1 from counted_owners where owner = ?)")
        return try Bool.fetchOne(statement, arguments: [owner.key]) ?? false
    }

    /// Counts the bookings of an owner, unless they are counted already.
    static func count(_ owner: CountedOwner, in database: Database) throws {
        guard try !isCounted(owner, in: database) else { return }
        try database.execute(sql: "insert into counted_owners (owner) values (?)", arguments: [owner.key])
        let (condition, arguments): (String, StatementArguments) =
            switch owner {
            case .everybody: ("true", [])
            case .provider(let id): ("provider_id = ?", [id.description])
            case .customer(let subject): ("customer_id = ?", [subject.text])
            }
        try database.execute(
            sql: """
                insert into booking_counts (owner, level, number, status, bookings)
                select ?, column1, start_time / (86400000 << (5 * column1)), status, count(*)
                from bookings, (values (0), (1), (2)) where \(condition) group by 2, 3, 4
                """, arguments: [owner.key] + arguments)
    }

    /// Changes the counts as a write changes a booking; `nil` before its creation.
    static func change(from before: (start: Timestamp, status: String)?, to booking: Booking, in database: Database)
        throws
    {
        let customer = booking.customerID.map { CountedOwner.customer($0) }
        let owners: [CountedOwner?] = [.everybody, .provider(booking.providerID), customer]
        for owner in owners.compactMap({ $0 }) where try isCounted(owner, in: database) {
            for level in 0..<CountRange.levels {
                if let before { try add(-1, before.start, before.status, owner, level, in: database) }
                try add(1, booking.slot.start, booking.status.rawValue, owner, level, in: database)
            }
        }
    }

    private static func add(
        _ change: Int, _ start: Timestamp, _ status: String, _ owner: CountedOwner, _ level: Int,
        in database: Database
    ) throws {
        try database.cachedStatement(
            sql: """
                insert into booking_counts (owner, level, number, status, bookings) values (?, ?, ?, ?, ?)
                on conflict do update set bookings = bookings + excluded.bookings
                """
        ).execute(arguments: [owner.key, level, CountRange.number(of: start, level: level), status, change])
    }

    /// Returns the sum of the counts that the plan names.
    static func sum(_ plan: TotalPlan, in database: Database) throws -> Int {
        let places = plan.statuses.map { _ in "?" }.joined(separator: ", ")
        let statement = try database.cachedStatement(
            sql: """
                select coalesce(sum(bookings), 0) from booking_counts
                where owner = ? and level = ? and number >= ? and number < ? and status in (\(places))
                """)
        return try plan.counts.reduce(0) { sum, range in
            let arguments: StatementArguments = [
                plan.owner.key, range.level, range.numbers.lowerBound, range.numbers.upperBound,
            ]
            return sum
                + (try Int.fetchOne(
                    statement, arguments: arguments + StatementArguments(plan.statuses.map(\.rawValue))) ?? 0)
        }
    }
}
