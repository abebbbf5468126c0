import Bookings
import Foundation
import GRDB

/// The rows of webhooks and their attempts.
enum WebhookRow {
    static func webhook(_ row: Row) throws -> WebhookEndpoint {
        guard let id = WebhookID(row["id"] as String), let ordering = WebhookOrdering(rawValue: row["ordering"]),
            let url = WebhookURL(row["url"]), let events = WebhookEndpoint.events(from: row["events"]),
            let state = WebhookState(rawValue: row["state"]), let progress = progress(row)
        else { throw StoreError.corrupt("a webhook has an invalid id, ordering, URL, event, state or progress") }
        let previous = (row["previous_secret"] as Data?).map { secret in
            WebhookEndpoint.PreviousSecret(
                secret: Array(secret), expiresAt: BookingRow.instant(row["previous_expires_at"]))
        }
        return WebhookEndpoint(
            id: id, providerID: (row["provider_id"] as String?).flatMap { ProviderID($0) }, ordering: ordering,
            createdAt: BookingRow.instant(row["created_at"]), url: url, events: events, state: state,
            secret: Array(row["secret"] as Data), previousSecret: previous, revision: row["revision"],
            progress: progress)
    }

    private static func progress(_ row: Row) -> WebhookProgress? {
        var progress = WebhookProgress(
            position: LogPosition(row["position"]), settled: LogPosition(row["settled"]), ahead: row["ahead"],
            retries: row["retries"])
        progress?.lastSuccess = (row["last_success_at"] as Int64?).map(BookingRow.instant)
        progress?.lastError = row["last_error"]
        return progress
    }

    /// The values that the owner decides, by the names of their columns.
    static func settings(_ webhook: WebhookEndpoint) -> StatementArguments {
        [
            "id": webhook.id.description, "url": webhook.url.description, "events": webhook.eventsText,
            "state": webhook.state.rawValue, "secret": Data(webhook.secret),
            "previous_secret": webhook.previousSecret.map { Data($0.secret) },
            "previous_expires_at": webhook.previousSecret?.expiresAt.milliseconds,
        ]
    }

    static func attempt(_ row: Row) throws -> WebhookAttempt {
        guard let event = EventID(row["event_id"] as String) else {
            throw StoreError.corrupt("an attempt has an invalid event id")
        }
        return WebhookAttempt(
            number: row["number"], eventID: event, name: row["name"], status: row["status"], error: row["error"],
            latency: .milliseconds(row["latency_ms"] as Int64), at: BookingRow.instant(row["made_at"]))
    }
}
