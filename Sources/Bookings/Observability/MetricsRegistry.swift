import CoreMetrics

/// A metrics backend whose values can be exposed. Each replica of a process has its own, so that several can run in
/// one process; `MetricsSystem.bootstrap` is not used.
package protocol MetricsRegistry: MetricsFactory {
    /// Returns all metrics in the Prometheus text format, version 0.0.4.
    func exposition() -> String

    /// Returns the sum of all values of a counter or gauge.
    func value(of family: MetricFamily) -> Double
}
