import Bookings

extension PostgresStore: ExportSource {
    /// Returns the events of the stretch on the connection for work in parts.
    package func exported(
        after position: LogPosition, from: Timestamp, to: Timestamp, limit: Int
    ) async throws(StoreError) -> [ExportedEvent] {
        let rows = try await pool.part(
            Statements.exported,
            ["\(position.number)", "\(from.milliseconds)", "\(to.milliseconds)", "\(limit)"])
        return try rows.map { row throws(StoreError) in
            ExportedEvent(
                logged: try EventColumns.event(row, from: 0), origin: try Self.origin(row),
                recordedBy: row.optionalText(22), isCopy: row.optionalText(17) != nil)
        }
    }

    private static func origin(_ row: PostgresRow) throws(StoreError) -> RequestOrigin? {
        guard let name = row.optionalText(19) else { return nil }
        guard let subject = Subject(name) else { throw .corrupt("a history entry has no subject") }
        let roles = try row.text(20).split(separator: ",").compactMap { Role(rawValue: String($0)) }
        return RequestOrigin(subject: subject, roles: roles, requestID: try row.text(21))
    }
}

extension Statements {
    /// The events of a stretch of time after a position, behind their columns the request and the replica.
    static let exported = PostgresStatement(
        "exported",
        """
        select \(EventColumns.names), actor_subject, actor_roles, request_id, recorded_by from booking_events
        where position > $1 and occurred_at >= $2 and occurred_at < $3 order by position limit $4
        """)
}
