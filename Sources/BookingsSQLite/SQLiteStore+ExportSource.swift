import Bookings
import GRDB

extension SQLiteStore: ExportSource {
    /// Returns the events of the stretch.
    package func exported(
        after position: LogPosition, from: Timestamp, to: Timestamp, limit: Int
    ) async throws(StoreError) -> [ExportedEvent] {
        try await read { database in
            let statement = try database.cachedStatement(
                sql: """
                    select \(EventRow.columns), actor_subject, actor_roles, request_id, recorded_by from booking_events
                    where position > ? and occurred_at >= ? and occurred_at < ? order by position limit ?
                    """)
            let rows = try Row.fetchAll(
                statement, arguments: [position.number, from.milliseconds, to.milliseconds, limit])
            return try rows.map { row in
                ExportedEvent(
                    logged: try EventRow.event(row), origin: Self.origin(row), recordedBy: row["recorded_by"],
                    isCopy: (row["first_recorded_at"] as Int64?) != nil)
            }
        }
    }

    private static func origin(_ row: Row) -> RequestOrigin? {
        guard let subject = (row["actor_subject"] as String?).flatMap({ Subject($0) }) else { return nil }
        let roles = (row["actor_roles"] as String? ?? "").split(separator: ",").compactMap {
            Role(rawValue: String($0))
        }
        return RequestOrigin(subject: subject, roles: roles, requestID: row["request_id"] as String? ?? "")
    }
}
