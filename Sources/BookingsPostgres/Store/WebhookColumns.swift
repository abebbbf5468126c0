import Bookings

/// The columns of a webhook, in the same order for every statement.
enum WebhookColumns {
    static let names = """
        id, provider_id, ordering, created_at, url, events, state, secret, previous_secret, previous_expires_at, \
        revision, position, settled, ahead, retries, last_success_at, last_error
        """
    static let count = 17

    /// Reads a webhook from the columns that begin at 0, in the order of `names`.
    static func webhook(_ row: PostgresRow) throws(StoreError) -> WebhookEndpoint {
        guard let ordering = WebhookOrdering(rawValue: try row.text(2)), let url = WebhookURL(try row.text(4)),
            let events = WebhookEndpoint.events(from: try row.text(5)),
            let state = WebhookState(rawValue: try row.text(6))
        else { throw .corrupt("a webhook has an invalid ordering, URL, event or state") }
        let provider: ProviderID? = row.optionalText(1) == nil ? nil : try row.identifier(1)
        var previous: WebhookEndpoint.PreviousSecret?
        if let secret = row.optionalBytes(8) { previous = .init(secret: secret, expiresAt: try row.instant(9)) }
        return WebhookEndpoint(
            id: try row.identifier(0), providerID: provider, ordering: ordering, createdAt: try row.instant(3),
            url: url, events: events, state: state, secret: try row.bytes(7), previousSecret: previous,
            revision: try row.integer(10), progress: try progress(row))
    }

    private static func progress(_ row: PostgresRow) throws(StoreError) -> WebhookProgress {
        let progress = WebhookProgress(
            position: LogPosition(try row.integer(11)), settled: LogPosition(try row.integer(12)),
            ahead: try row.text(13), retries: try row.text(14))
        guard var progress else { throw .corrupt("a webhook's progress has an unknown form") }
        progress.lastSuccess = try row.optionalInteger(15).map { Timestamp(milliseconds: $0) }
        progress.lastError = row.optionalText(16)
        return progress
    }

    /// Returns the values of a new webhook, in the order of `names` without `revision`; then the owner.
    static func parameters(_ webhook: WebhookEndpoint) -> [String?] {
        let progress = webhook.progress
        return [
            webhook.id.description, webhook.providerID?.description, webhook.ordering.rawValue,
            "\(webhook.createdAt.milliseconds)",
        ] + settings(webhook) + [
            "\(progress.position.number)", "\(progress.settled.number)", progress.aheadText, progress.retriesText,
            progress.lastSuccess.map { "\($0.milliseconds)" }, progress.lastError, webhook.owner,
        ]
    }

    /// Returns the values that the owner decides: url, events, state, secrets.
    static func settings(_ webhook: WebhookEndpoint) -> [String?] {
        [
            webhook.url.description, webhook.eventsText, webhook.state.rawValue, webhook.secret.hexadecimal,
            webhook.previousSecret?.secret.hexadecimal,
            webhook.previousSecret.map { "\($0.expiresAt.milliseconds)" },
        ]
    }
}
