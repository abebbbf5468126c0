import Bookings

extension PostgresStore: WebhookStore {
    /// Inserts the webhook in a free place of its owner; tries again when another replica took the place.
    package func addWebhook(_ webhook: WebhookEndpoint) async throws(StoreError) -> WebhookEndpoint? {
        while true {
            let rows = try await pool.write(Statements.addWebhook, WebhookColumns.parameters(webhook))
            if let row = rows.first { return try WebhookColumns.webhook(row) }
            if let existing = try await self.webhook(webhook.id) { return existing }
            let count = try await pool.write(Statements.countWebhooks, [webhook.owner]).first?.integer(0) ?? 0
            if count >= WebhookEndpoint.maximumCount { return nil }
        }
    }

    /// Returns the webhook by its primary key.
    package func webhook(_ id: WebhookID) async throws(StoreError) -> WebhookEndpoint? {
        let rows = try await pool.read(Statements.webhook, [id.description])
        return try rows.first.map { row throws(StoreError) in try WebhookColumns.webhook(row) }
    }

    /// Returns webhooks along the primary key, or those of the owner in their places.
    package func webhooks(
        of provider: ProviderID?, after id: WebhookID?, limit: Int
    ) async throws(StoreError) -> [WebhookEndpoint] {
        let start = (id ?? WebhookID(high: 0, low: 0)).description
        let rows =
            if let provider {
                try await pool.read(Statements.webhooksOfOwner, ["p\(provider)", start, "\(limit)"])
            } else {
                try await pool.read(Statements.webhooksOfAll, [start, "\(limit)"])
            }
        return try rows.map { row throws(StoreError) in try WebhookColumns.webhook(row) }
    }

    /// Returns webhooks along the index of the revisions.
    package func webhooks(
        changedAfter revision: Int64, limit: Int
    ) async throws(StoreError) -> [WebhookEndpoint] {
        let rows = try await pool.read(Statements.changedWebhooks, ["\(revision)", "\(limit)"])
        return try rows.map { row throws(StoreError) in try WebhookColumns.webhook(row) }
    }

    /// Updates the webhook if its revision is still the one on which the change is based.
    package func changeWebhook(
        _ webhook: WebhookEndpoint, restartingAfter restart: LogPosition?
    ) async throws(StoreError) -> WebhookEndpoint? {
        let rows = try await pool.write(
            Statements.changeWebhook,
            [webhook.id.description, "\(webhook.revision)"] + WebhookColumns.settings(webhook)
                + [restart.map { "\($0.number)" }])
        return try rows.first.map { row throws(StoreError) in try WebhookColumns.webhook(row) }
    }

    /// Deletes the webhook; its attempts expire.
    package func deleteWebhook(_ id: WebhookID) async throws(StoreError) -> Bool {
        try await pool.write(Statements.deleteWebhook, [id.description]).count > 0
    }

    /// Returns how many webhooks are stalled, along a partial index, in the time of a health probe.
    package func stalledWebhooks() async throws(StoreError) -> Int {
        let rows = try await pool.read(Statements.stalledWebhooks, [], timeout: PostgresPool.probeTimeout)
        return Int(try rows.first?.integer(0) ?? 0)
    }
}
