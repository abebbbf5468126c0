import Bookings

extension PostgresStore {
    /// Takes free leases; rows that another transaction has locked are left.
    package func leaseWebhooks(
        _ ids: [WebhookID], at now: Timestamp, until end: Timestamp
    ) async throws(StoreError) -> [LeasedWebhook] {
        let rows = try await pool.part(
            Statements.leaseWebhooks,
            [PostgresArray.literal(ids.map(\.description)), "\(now.milliseconds)", "\(end.milliseconds)"])
        return try rows.map { row throws(StoreError) in
            let token = try row.integer(WebhookColumns.count)
            return LeasedWebhook(
                webhook: try WebhookColumns.webhook(row), token: row.flag(WebhookColumns.count + 2) ? token : nil,
                until: try row.instant(WebhookColumns.count + 1))
        }
    }

    /// Updates the row of the lease's holder, and inserts its attempts.
    package func saveWebhook(_ save: WebhookSave) async throws(StoreError) -> WebhookSaveOutcome {
        let rows = try await pool.part(Statements.saveWebhook, Self.parameters(save))
        if rows.count > 0 { return .saved }
        let current = try await pool.part(Statements.webhookLease, [save.id.description])
        guard let row = current.first, try row.integer(WebhookColumns.count) == save.token else { return .lost }
        return .changed(try WebhookColumns.webhook(row))
    }

    private static func parameters(_ save: WebhookSave) -> [String?] {
        let (progress, attempts) = (save.progress, save.attempts)
        return [
            save.id.description, "\(save.token)", "\(save.revision)", save.state.rawValue,
            "\(progress.position.number)", "\(progress.settled.number)", progress.aheadText, progress.retriesText,
            progress.lastSuccess.map { "\($0.milliseconds)" }, progress.lastError, "\(save.leaseEnd.milliseconds)",
            PostgresArray.literal(attempts.map(\.eventID.description)), PostgresArray.literal(attempts.map(\.name)),
            PostgresArray.literal(attempts.map { $0.status.map(String.init) }),
            PostgresArray.literal(attempts.map(\.error)),
            PostgresArray.literal(attempts.map { "\($0.latency.wholeMilliseconds)" }),
            PostgresArray.literal(attempts.map { "\($0.at.milliseconds)" }),
        ]
    }

    /// Moves idle cursors in the order of their positions.
    package func advanceIdleWebhooks(
        to boundary: LogPosition, after key: WebhookCursorKey?, limit: Int
    ) async throws(StoreError) -> WebhookCursorKey? {
        let id = key?.id ?? WebhookID(high: 0, low: 0)
        let rows = try await pool.part(
            Statements.advanceWebhooks,
            ["\(boundary.number)", "\(key?.position.number ?? -1)", id.description, "\(limit)"])
        return try rows.first.map { row throws(StoreError) in
            WebhookCursorKey(position: LogPosition(try row.integer(0)), id: try row.identifier(1))
        }
    }

    /// Returns attempts along an index that ends with their numbers.
    package func webhookAttempts(
        of id: WebhookID, succeeded: Bool?, before number: Int64?, limit: Int
    ) async throws(StoreError) -> [WebhookAttempt] {
        let parameters = [id.description, "\(number ?? .max)", "\(limit)"]
        let rows =
            if let succeeded {
                try await pool.read(Statements.webhookAttemptsByOutcome, parameters + ["\(succeeded)"])
            } else {
                try await pool.read(Statements.webhookAttempts, parameters)
            }
        return try rows.map { row throws(StoreError) in
            WebhookAttempt(
                number: try row.integer(0), eventID: try row.identifier(1), name: try row.text(2),
                status: try row.optionalInteger(3).map { Int($0) }, error: row.optionalText(4),
                latency: .milliseconds(try row.integer(5)), at: try row.instant(6))
        }
    }

    /// Deletes the oldest attempts along the index of their age.
    package func trimWebhookAttempts(before end: Timestamp, limit: Int) async throws(StoreError) -> Bool {
        let rows = try await pool.part(Statements.trimWebhookAttempts, ["\(end.milliseconds)", "\(limit)"])
        return try rows.first?.integer(0) ?? 0 == limit
    }
}
