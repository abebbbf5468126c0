import Bookings
import Tracing

// Between the fields of W3C Trace Context and the context of a tracer, which may propagate others besides.
extension TraceContext {
    /// Returns the place of a span as its tracer writes it for other services; `nil` when it writes no `traceparent`.
    package init?(of context: ServiceContext, by tracer: any Tracer) {
        var fields: [String: String] = [:]
        tracer.inject(context, into: &fields, using: FieldInjector())
        guard let text = fields["traceparent"] else { return nil }
        self.init(traceparent: text, tracestate: fields["tracestate"].map { [$0] } ?? [])
    }

    /// Returns the context of a span's children, where this is the span.
    package func serviceContext(by tracer: any Tracer) -> ServiceContext {
        var context = ServiceContext.topLevel
        tracer.extract(["traceparent": traceparent, "tracestate": state], into: &context, using: FieldExtractor())
        return context
    }
}

private struct FieldInjector: Injector {
    func inject(_ value: String, forKey key: String, into fields: inout [String: String]) { fields[key] = value }
}

private struct FieldExtractor: Extractor {
    func extract(key: String, from fields: [String: String?]) -> String? { fields[key] ?? nil }
}
