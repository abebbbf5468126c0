import Bookings
import CoreMetrics
import Synchronization

/// The values of one metric for one set of label values.
protocol PrometheusSeries: Sendable {
    /// The current value, or the number of observations of a histogram.
    var value: Double { get }

    /// Writes the samples of the series.
    ///
    /// - Parameter labels: The labels as `PrometheusText.labels` writes them.
    func write(to text: inout PrometheusText, name: String, labels: String)
}

/// A counter, for integers.
final class CounterSeries: PrometheusSeries, CounterHandler {
    private let count = Atomic<Int64>(0)

    var value: Double { Double(count.load(ordering: .relaxed)) }

    func increment(by amount: Int64) { count.wrappingAdd(amount, ordering: .relaxed) }

    func reset() { count.store(0, ordering: .relaxed) }

    func write(to text: inout PrometheusText, name: String, labels: String) {
        text.writeSample(name, labels, value)
    }
}

/// A gauge.
final class GaugeSeries: PrometheusSeries, MeterHandler, RecorderHandler {
    private let current = Mutex(0.0)

    var value: Double { current.withLock { $0 } }

    func set(_ value: Int64) { set(Double(value)) }

    func set(_ value: Double) { current.withLock { $0 = value } }

    func increment(by amount: Double) { current.withLock { $0 += amount } }

    func decrement(by amount: Double) { current.withLock { $0 -= amount } }

    func record(_ value: Int64) { set(Double(value)) }

    func record(_ value: Double) { set(value) }

    func write(to text: inout PrometheusText, name: String, labels: String) {
        text.writeSample(name, labels, value)
    }
}

/// A histogram. Durations are kept in seconds, the base unit of Prometheus.
final class HistogramSeries: PrometheusSeries, TimerHandler, RecorderHandler {
    private struct State {
        /// The number of observations in each bucket alone; the exposition adds them up.
        var counts: [Int]
        var sum = 0.0
        var count = 0
    }

    private let buckets: [Double]
    private let state: Mutex<State>

    /// - Parameter buckets: Inclusive upper bounds in ascending order, without infinity.
    init(buckets: [Double]) {
        self.buckets = buckets
        state = Mutex(State(counts: Array(repeating: 0, count: buckets.count)))
    }

    var value: Double { state.withLock { Double($0.count) } }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        let bucket = buckets.firstIndex { value <= $0 }
        state.withLock { state in
            if let bucket { state.counts[bucket] += 1 }
            state.sum += value
            state.count += 1
        }
    }

    func write(to text: inout PrometheusText, name: String, labels: String) {
        let state = state.withLock { $0 }
        text.writeHistogram(
            name, labels, buckets: Array(zip(buckets, state.counts)), sum: state.sum, count: state.count)
    }
}
