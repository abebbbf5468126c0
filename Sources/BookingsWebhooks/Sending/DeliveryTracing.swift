import Bookings
import BookingsHTTP
import Tracing

/// Opens a span for each attempt to deliver (swift-distributed-tracing): a child of the request that wrote the event.
///
/// A span has ids and numbers; no URL, which may hold a secret, and nothing of the event's content.
package struct DeliveryTracing: Sendable {
    private let tracer: any Tracer

    /// Creates spans with the tracer.
    package init(_ tracer: any Tracer) {
        self.tracer = tracer
    }

    /// Starts the span of an attempt. The span's own place in the trace becomes that of the message.
    func begin(_ message: inout DeliveryMessage, to webhook: WebhookID) -> any Span {
        let parent = message.trace?.serviceContext(by: tracer) ?? .topLevel
        let span = tracer.startAnySpan("deliver webhook", context: parent, ofKind: .client)
        span.attributes["webhook_id"] = webhook.description
        span.attributes["event_id"] = message.id.description
        span.attributes["event"] = message.name
        if let trace = TraceContext(of: span.context, by: tracer) { message.trace = trace }
        return span
    }

    /// Ends the span of an attempt.
    func end(_ span: any Span, _ result: AttemptResult) {
        if let status = result.status { span.attributes["http.response.status_code"] = status }
        if result.error != nil { span.setStatus(SpanStatus(code: .error)) }
        span.end()
    }
}
