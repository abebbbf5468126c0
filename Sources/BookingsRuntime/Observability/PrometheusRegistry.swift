import Bookings
import CoreMetrics
import Synchronization

/// Holds metrics in memory and exposes them for Prometheus: the backend of swift-metrics in this service.
///
/// It knows its families beforehand, since the API of swift-metrics has no place for descriptions and buckets.
package final class PrometheusRegistry: MetricsRegistry {
    /// The labels as they are written between braces, and the series by them.
    private typealias SeriesByLabels = [String: any PrometheusSeries]

    private let families: [MetricFamily]
    private let series: Mutex<[String: SeriesByLabels]>

    /// - Parameter families: The metrics that can be made, in the order in which they are exposed.
    package init(families: [MetricFamily] = MetricFamily.service) {
        self.families = families
        series = Mutex(Dictionary(uniqueKeysWithValues: families.map { ($0.name, [:]) }))
    }

    package func exposition() -> String {
        var text = PrometheusText()
        let series = series.withLock { $0 }
        for family in families {
            text.beginFamily(family)
            for (labels, series) in (series[family.name] ?? [:]).sorted(by: { $0.key < $1.key }) {
                series.write(to: &text, name: family.name, labels: labels)
            }
        }
        ProcessMetrics.write(to: &text)
        return text.text
    }

    package func value(of family: MetricFamily) -> Double {
        let series = series.withLock { $0[family.name] ?? [:] }
        return series.values.reduce(0) { $0 + $1.value }
    }

    /// Returns the series of these labels, which the first call makes.
    private func series<Series: PrometheusSeries>(
        _ name: String, _ labels: [(String, String)], make: (MetricFamily.Kind) -> Series?
    ) -> Series {
        guard let family = families.first(where: { $0.name == name }) else {
            preconditionFailure("The metric \(name) is not declared.")
        }
        return series.withLock { all in
            let key = PrometheusText.labels(labels)
            if let known = all[name]?[key] as? Series { return known }
            guard let new = make(family.kind) else {
                preconditionFailure("The metric \(name) is declared with another type.")
            }
            all[name]?[key] = new
            return new
        }
    }
}

extension PrometheusRegistry: MetricsFactory {
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions) { $0 == .counter ? CounterSeries() : nil }
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions) { $0 == .gauge ? GaugeSeries() : nil }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions)
    }

    /// Returns a histogram, or a gauge when the values are not to be aggregated.
    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        if aggregate { return histogram(label, dimensions) }
        return series(label, dimensions) { $0 == .gauge ? GaugeSeries() : nil }
    }

    private func histogram(_ name: String, _ labels: [(String, String)]) -> HistogramSeries {
        series(name, labels) { kind in
            if case .histogram(let buckets) = kind { HistogramSeries(buckets: buckets) } else { nil }
        }
    }

    // Series live as long as their registry: Prometheus would take one that ends and begins anew for a restart.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}
}

extension ServiceMetrics {
    /// Creates metrics with a registry of their own.
    package convenience init() {
        self.init(registry: PrometheusRegistry())
    }
}
