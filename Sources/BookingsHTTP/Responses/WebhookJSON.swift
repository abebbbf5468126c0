import Bookings

/// Renders webhooks and their attempts. The members are sorted by name.
enum WebhookJSON {
    /// Returns a webhook.
    ///
    /// - Parameters:
    ///   - lag: The age of the oldest undelivered event; without it the members that change with deliveries are left out.
    ///   - secret: Only for the responses that show it.
    static func write(
        _ webhook: WebhookEndpoint, _ encoder: EventEncoder, lag: Duration? = nil, secret: String? = nil
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("created_at")
        writer.timestamp(webhook.createdAt)
        writer.name("cursor")
        writer.string(encoder.cursor(at: webhook.progress.position))
        writer.name("events")
        writer.beginArray()
        for name in EventName.allCases where webhook.events.isEmpty || webhook.events.contains(name) {
            writer.string(name.rawValue)
        }
        writer.endArray()
        writer.name("id")
        writer.identifier(webhook.id)
        if let lag { writeProgress(webhook.progress, lag, to: &writer) }
        writer.name("ordering")
        writer.string(webhook.ordering.rawValue)
        writer.name("provider_id")
        if let provider = webhook.providerID { writer.identifier(provider) } else { writer.null() }
        if let secret {
            writer.name("secret")
            writer.string(secret)
        }
        writer.name("state")
        writer.string(webhook.state.rawValue)
        writer.name("url")
        writer.string(webhook.url.description)
        writer.endObject()
        return writer.bytes
    }

    private static func writeProgress(_ progress: WebhookProgress, _ lag: Duration, to writer: inout JSONWriter) {
        writer.name("lag")
        writer.number(Double(lag.wholeMilliseconds) / 1000)
        writer.name("last_error")
        writer.string(progress.lastError)
        writer.name("last_success_at")
        if let instant = progress.lastSuccess { writer.timestamp(instant) } else { writer.null() }
    }

    /// Returns an attempt.
    static func write(_ attempt: WebhookAttempt) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("at")
        writer.timestamp(attempt.at)
        writer.name("error")
        writer.string(attempt.error)
        writer.name("event_id")
        writer.identifier(attempt.eventID)
        writer.name("latency_ms")
        writer.integer(attempt.latency.wholeMilliseconds)
        writer.name("name")
        writer.string(attempt.name)
        writer.name("status")
        if let status = attempt.status { writer.integer(status) } else { writer.null() }
        writer.endObject()
        return writer.bytes
    }

    /// Returns a page of items that are JSON already.
    static func page(_ items: [[UInt8]], limit: Int, nextCursor: String?) -> [UInt8] {
        CursorPageJSON.page(limit: limit, nextCursor: nextCursor) { writer in
            for item in items { writer.raw(item) }
        }
    }
}
