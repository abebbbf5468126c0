import Bookings
import GRDB

extension SQLiteStore {
    /// Takes free leases.
    package func leaseWebhooks(
        _ ids: [WebhookID], at now: Timestamp, until end: Timestamp
    ) async throws(StoreError) -> [LeasedWebhook] {
        try await write { database in
            let update = try database.cachedStatement(
                sql: """
                    update webhooks set lease_token = lease_token + 1, lease_until = ?
                    where id = ? and lease_until <= ? and state in ('active', 'failing')
                    """)
            let select = try database.cachedStatement(sql: "select * from webhooks where id = ?")
            return try ids.compactMap { id in
                try update.execute(arguments: [end.milliseconds, id.description, now.milliseconds])
                let isTaken = database.changesCount > 0
                guard let row = try Row.fetchOne(select, arguments: [id.description]) else { return nil }
                return LeasedWebhook(
                    webhook: try WebhookRow.webhook(row), token: isTaken ? row["lease_token"] : nil,
                    until: BookingRow.instant(row["lease_until"]))
            }
        }
    }

    /// Updates the row of the lease's holder, and inserts its attempts.
    package func saveWebhook(_ save: WebhookSave) async throws(StoreError) -> WebhookSaveOutcome {
        try await write { database in
            let select = try database.cachedStatement(sql: "select * from webhooks where id = ?")
            guard let row = try Row.fetchOne(select, arguments: [save.id.description]),
                row["lease_token"] as Int64 == save.token
            else { return .lost }
            guard row["revision"] as Int64 == save.revision else { return .changed(try WebhookRow.webhook(row)) }
            try Self.update(save, in: database)
            for attempt in save.attempts { try Self.insert(attempt, of: save.id, in: database) }
            return .saved
        }
    }

    private static func update(_ save: WebhookSave, in database: Database) throws {
        let progress = save.progress
        try database.cachedStatement(
            sql: """
                update webhooks set
                    state = ?, position = ?, settled = ?, ahead = ?, retries = ?, last_success_at = ?, last_error = ?,
                    lease_until = ?
                where id = ?
                """
        ).execute(arguments: [
            save.state.rawValue, progress.position.number, progress.settled.number, progress.aheadText,
            progress.retriesText, progress.lastSuccess?.milliseconds, progress.lastError,
            save.leaseEnd.milliseconds, save.id.description,
        ])
    }

    private static func insert(_ attempt: WebhookAttempt, of id: WebhookID, in database: Database) throws {
        try database.cachedStatement(
            sql: """
                insert into webhook_attempts (webhook_id, event_id, name, status, error, latency_ms, made_at)
                values (?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            id.description, attempt.eventID.description, attempt.name, attempt.status, attempt.error,
            attempt.latency.wholeMilliseconds, attempt.at.milliseconds,
        ])
    }

    /// Moves idle cursors in the order of their positions.
    package func advanceIdleWebhooks(
        to boundary: LogPosition, after key: WebhookCursorKey?, limit: Int
    ) async throws(StoreError) -> WebhookCursorKey? {
        let arguments: StatementArguments = [
            key?.position.number ?? -1, key?.id.description ?? "", boundary.number, limit,
        ]
        let sql = """
            select webhooks.* from webhooks, event_log_head
            where (webhooks.position, webhooks.id) > (max(?, floor - 1), ?) and webhooks.position >= floor
                and webhooks.position < ?
            order by webhooks.position, webhooks.id limit ?
            """
        let isDue = try await read { try Row.fetchOne($0, sql: sql, arguments: arguments) != nil }
        guard isDue else { return nil }
        return try await write { database in
            let behind = try Row.fetchAll(database, sql: sql, arguments: arguments).map(WebhookRow.webhook)
            for webhook in behind { try Self.advance(webhook, to: boundary, limit: limit, in: database) }
            return behind.last.map { WebhookCursorKey(position: $0.progress.position, id: $0.id) }
        }
    }

    /// Moves the cursor over up to `limit` events of the scope, unless one of them is to be delivered.
    private static func advance(
        _ webhook: WebhookEndpoint, to boundary: LogPosition, limit: Int, in database: Database
    ) throws {
        let (condition, scope) = ScopeCondition.sql(webhook.scope)
        let events = try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    select \(EventRow.columns) from booking_events
                    where position > ? and position <= ? and \(condition) order by position limit ?
                    """),
            arguments: [webhook.progress.position.number, boundary.number] + scope + [limit]
        ).map(EventRow.event)
        guard !events.contains(where: { webhook.accepts($0.event) }) else { return }
        let reached = events.count == limit ? events.last?.position ?? boundary : boundary
        try database.execute(
            sql: "update webhooks set position = ?1, settled = max(settled, ?1) where id = ?2",
            arguments: [reached.number, webhook.id.description])
    }

    /// Returns attempts along an index that ends with their numbers.
    package func webhookAttempts(
        of id: WebhookID, succeeded: Bool?, before number: Int64?, limit: Int
    ) async throws(StoreError) -> [WebhookAttempt] {
        try await read { database in
            let condition = succeeded.map { "and (error is null) = \($0 ? 1 : 0)" } ?? ""
            return try Row.fetchAll(
                database.cachedStatement(
                    sql: """
                        select * from webhook_attempts where webhook_id = ? \(condition) and number < ?
                        order by number desc limit ?
                        """), arguments: [id.description, number ?? .max, limit]
            ).map(WebhookRow.attempt)
        }
    }

    /// Deletes the oldest attempts along the index of their age.
    package func trimWebhookAttempts(before end: Timestamp, limit: Int) async throws(StoreError) -> Bool {
        let isDue = try await read { database in
            try Int64.fetchOne(database, sql: "select min(made_at) from webhook_attempts") ?? .max < end.milliseconds
        }
        guard isDue else { return false }
        return try await write { database in
            try database.execute(
                sql: """
                    delete from webhook_attempts where number in (
                        select number from webhook_attempts where made_at < ? order by made_at limit ?
                    )
                    """, arguments: [end.milliseconds, limit])
            return database.changesCount == limit
        }
    }
}
