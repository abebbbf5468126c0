import Bookings
import Foundation
import GRDB

extension SQLiteStore: WebhookStore {
    /// Inserts the webhook in the first free place of its owner.
    package func addWebhook(_ webhook: WebhookEndpoint) async throws(StoreError) -> WebhookEndpoint? {
        try await write { database in
            if let existing = try Self.webhook(webhook.id, in: database) { return existing }
            let places = Set(
                try Int.fetchAll(
                    database, sql: "select place from webhooks where owner = ?", arguments: [webhook.owner]))
            guard let place = (1...WebhookEndpoint.maximumCount).first(where: { !places.contains($0) }) else {
                return nil
            }
            try database.execute(
                sql: """
                    insert into webhooks (
                        id, provider_id, owner, place, url, events, ordering, state, secret, previous_secret,
                        previous_expires_at, created_at, revision, position, settled, ahead, retries
                    ) values (
                        :id, :provider, :owner, :place, :url, :events, :ordering, :state, :secret, :previous_secret,
                        :previous_expires_at, :created, :revision, :position, :settled, '', ''
                    )
                    """,
                arguments: WebhookRow.settings(webhook) + [
                    "provider": webhook.providerID?.description, "owner": webhook.owner, "place": place,
                    "ordering": webhook.ordering.rawValue, "created": webhook.createdAt.milliseconds,
                    "revision": try Self.nextRevision(database), "position": webhook.progress.position.number,
                    "settled": webhook.progress.settled.number,
                ])
            return try Self.webhook(webhook.id, in: database)
        }
    }

    private static func nextRevision(_ database: Database) throws -> Int64 {
        try database.execute(sql: "update webhook_revision set value = value + 1")
        return try Int64.fetchOne(database, sql: "select value from webhook_revision") ?? 0
    }

    private static func webhook(_ id: WebhookID, in database: Database) throws -> WebhookEndpoint? {
        try Row.fetchOne(database, sql: "select * from webhooks where id = ?", arguments: [id.description])
            .map(WebhookRow.webhook)
    }

    /// Returns the webhook by its primary key.
    package func webhook(_ id: WebhookID) async throws(StoreError) -> WebhookEndpoint? {
        try await read { try Self.webhook(id, in: $0) }
    }

    /// Returns webhooks along the primary key.
    package func webhooks(
        of provider: ProviderID?, after id: WebhookID?, limit: Int
    ) async throws(StoreError) -> [WebhookEndpoint] {
        try await read { database in
            let condition = provider == nil ? "" : "owner = :owner and"
            var arguments: StatementArguments = ["id": id?.description ?? "", "limit": limit]
            if let provider { arguments += ["owner": "p\(provider)"] }
            return try Row.fetchAll(
                database, sql: "select * from webhooks where \(condition) id > :id order by id limit :limit",
                arguments: arguments
            ).map(WebhookRow.webhook)
        }
    }

    /// Returns webhooks along the index of the revisions.
    package func webhooks(
        changedAfter revision: Int64, limit: Int
    ) async throws(StoreError) -> [WebhookEndpoint] {
        try await read { database in
            try Row.fetchAll(
                database.cachedStatement(
                    sql: "select * from webhooks where revision > ? order by revision limit ?"),
                arguments: [revision, limit]
            ).map(WebhookRow.webhook)
        }
    }

    /// Updates the webhook if its revision is still the one on which the change is based.
    package func changeWebhook(
        _ webhook: WebhookEndpoint, restartingAfter restart: LogPosition?
    ) async throws(StoreError) -> WebhookEndpoint? {
        try await write { database in
            guard try Self.webhook(webhook.id, in: database)?.revision == webhook.revision else { return nil }
            try database.execute(
                sql: """
                    update webhooks set
                        url = :url, events = :events, state = :state, secret = :secret,
                        previous_secret = :previous_secret, previous_expires_at = :previous_expires_at,
                        revision = :revision, retries = '', settled = position
                    where id = :id
                    """,
                arguments: WebhookRow.settings(webhook) + ["revision": try Self.nextRevision(database)])
            if let restart {
                try database.execute(
                    sql: """
                        update webhooks set
                            position = ?1, settled = ?1, ahead = '', lease_token = lease_token + 1, lease_until = 0
                        where id = ?2
                        """, arguments: [restart.number, webhook.id.description])
            }
            return try Self.webhook(webhook.id, in: database)
        }
    }

    /// Deletes the webhook; its attempts expire.
    package func deleteWebhook(_ id: WebhookID) async throws(StoreError) -> Bool {
        try await write { database in
            try database.execute(sql: "delete from webhooks where id = ?", arguments: [id.description])
            return database.changesCount > 0
        }
    }

    /// Returns how many webhooks are stalled, along a partial index.
    package func stalledWebhooks() async throws(StoreError) -> Int {
        try await read { database in
            try Int.fetchOne(database, sql: "select count(*) from webhooks where state = 'stalled'") ?? 0
        }
    }
}
