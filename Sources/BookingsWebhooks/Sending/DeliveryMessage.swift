import Bookings

/// What one delivery sends, whoever receives it.
package struct DeliveryMessage: Hashable, Sendable {
    /// The value of `webhook-id`, which is the same in every attempt.
    package let id: EventID
    /// The name of the event.
    package let name: String
    /// The body: the item of the event stream, byte for byte.
    package let body: [UInt8]
    /// The trace that the request continues; `nil` for none.
    package var trace: TraceContext?

    /// Creates a message from its parts.
    package init(id: EventID, name: String, body: [UInt8], trace: TraceContext? = nil) {
        self.id = id
        self.name = name
        self.body = body
        self.trace = trace
    }

    /// Creates the message of a delivery to a webhook.
    init(_ content: DeliveryContent, to webhook: WebhookID, _ encoder: EventEncoder) {
        switch content {
        case .event(let logged):
            self.init(
                id: logged.event.id, name: logged.event.name.rawValue, body: encoder.item(of: logged),
                trace: logged.trace)
        case .resync(let oldest):
            var writer = JSONWriter()
            writer.beginObject()
            writer.name("data")
            writer.beginObject()
            writer.name("oldest")
            writer.string(encoder.cursor(at: oldest))
            writer.endObject()
            writer.name("name")
            writer.string("resync")
            writer.endObject()
            self.init(id: .resync(of: webhook, at: oldest), name: "resync", body: writer.bytes)
        }
    }

    /// Creates the message by which an owner tests a webhook. It continues the trace of the owner's request.
    package static func ping(to webhook: WebhookID, id: EventID, at now: Timestamp) -> DeliveryMessage {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("data")
        writer.beginObject()
        writer.name("occurred_at")
        writer.timestamp(now)
        writer.name("webhook_id")
        writer.identifier(webhook)
        writer.endObject()
        writer.name("name")
        writer.string("ping")
        writer.endObject()
        return DeliveryMessage(id: id, name: "ping", body: writer.bytes, trace: TraceContext.current)
    }
}

/// The result of one attempt.
package struct AttemptResult: Hashable, Sendable {
    /// What it means for the delivery.
    package let outcome: AttemptOutcome
    /// The status of the answer; `nil` when there was none.
    package let status: Int?
    /// From the beginning of the attempt to its end.
    package let latency: Duration

    /// Creates a result from its parts.
    package init(outcome: AttemptOutcome, status: Int?, latency: Duration) {
        self.outcome = outcome
        self.status = status
        self.latency = latency
    }

    /// Why the attempt failed; `nil` when it succeeded.
    package var error: String? {
        switch outcome {
        case .delivered: nil
        case .gone: "the receiver answered 410"
        case .failed(let reason, _): reason
        }
    }
}
