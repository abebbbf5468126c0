import Tracing

/// The tracer of the process (`InstrumentationSystem.bootstrap`), which exports spans.
package enum BootstrappedTracer {
    /// `nil` when none is bootstrapped: then nothing is done for spans at all.
    package static var tracer: (any Tracer)? {
        let tracer = InstrumentationSystem.tracer
        return tracer is NoOpTracer ? nil : tracer
    }
}
