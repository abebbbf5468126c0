import Bookings
import HTTPTypes
import Tracing

/// Opens a span for each request (swift-distributed-tracing), when a tracer is bootstrapped.
///
/// A span has the route's template and no path, query or header, as log lines do.
package struct RequestTracing: Sendable {
    private let tracer: any Tracer

    /// Creates spans with the tracer.
    package init(_ tracer: any Tracer) {
        self.tracer = tracer
    }

    /// Starts the span of a request. The span's own place in the trace becomes that of the request, so that log lines and
    /// exported spans have the same trace ID.
    func begin(_ context: inout RequestContext) -> any Span {
        var parent = ServiceContext.topLevel
        tracer.extract(context.request.headerFields, into: &parent, using: FieldExtractor())
        let method = RequestMetrics.label(of: context.request.method)
        let span = tracer.startAnySpan("\(method) \(context.routeLabel)", context: parent, ofKind: .server)
        if let trace = TraceContext(of: span.context, by: tracer) {
            context.trace = trace
            context.isTraceFollowed = context.isTraceFollowed || trace.isSampled
        }
        return span
    }

    /// Ends the span of a request with what it was answered. The names are those of OpenTelemetry.
    func end(_ span: any Span, _ response: Response, _ context: borrowing RequestContext) {
        span.attributes["http.request.method"] = RequestMetrics.label(of: context.request.method)
        span.attributes["http.route"] = context.routeLabel
        span.attributes["http.response.status_code"] = response.status.code
        span.attributes["request_id"] = context.requestID
        if response.status.code >= 500 { span.setStatus(SpanStatus(code: .error)) }
        span.end()
    }
}

private struct FieldExtractor: Extractor {
    func extract(key: String, from fields: HTTPFields) -> String? { HTTPField.Name(key).flatMap { fields[$0] } }
}
