import InMemoryTracing
import Tracing

@testable import Bookings

/// A tracer in memory that propagates the fields of W3C Trace Context, as exporters do.
struct FieldTracer: Tracer {
    /// Where the spans are kept.
    let spans = InMemoryTracer(
        idGenerator: .init(
            nextTraceID: { FieldTracer.digits(32) }, nextSpanID: { FieldTracer.digits(16) }))

    private static func digits(_ count: Int) -> String {
        String((0..<count).map { _ in "123456789abcdef".randomElement() ?? "1" })
    }

    func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> InMemorySpan {
        spans.startSpan(
            operationName, context: context(), ofKind: kind, at: instant(), function: function, file: fileID,
            line: line)
    }

    func forceFlush() { spans.forceFlush() }

    func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Carrier == Inject.Carrier {
        guard let span = context.inMemorySpanContext else { return }
        injector.inject("00-\(span.traceID)-\(span.spanID)-01", forKey: "traceparent", into: &carrier)
    }

    func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Carrier == Extract.Carrier {
        guard let text = extractor.extract(key: "traceparent", from: carrier),
            let trace = TraceContext(traceparent: text)
        else { return }
        context.inMemorySpanContext = InMemorySpanContext(
            traceID: trace.traceIDText, spanID: String(text.dropFirst(36).prefix(16)), parentSpanID: nil)
    }
}
