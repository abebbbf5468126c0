/// The delay before the next attempt to connect: exponential from 50 ms to 1 s, each drawn from its upper half.
///
/// The jitter spreads the attempts of many replicas that lost the same server at the same moment.
package struct ReconnectBackoff: Sendable {
    /// The delay that the first failure would have without jitter doubles with each failure, up to this many times.
    private static let doublings = 6
    private static let base = 25
    private static let maximum = 1000

    /// The number of failures since the last success.
    package private(set) var failures = 0

    /// Creates a backoff without a failure.
    package init() {}

    /// Forgets all failures.
    package mutating func reset() {
        failures = 0
    }

    /// Counts a failure and returns the delay before the next attempt.
    ///
    /// - Parameter jitter: a random number from 0 to 1.
    package mutating func fail(jitter: Double) -> Duration {
        failures += 1
        let limit = min(Self.maximum, Self.base << min(failures, Self.doublings))
        return .milliseconds(Int64(Double(limit) * (0.5 + jitter / 2)))
    }
}

extension IdentifierSource {
    /// Returns a random number from 0 (included) to 1 (excluded), for the delay of `ReconnectBackoff`.
    package func jitter(key: String) -> Double {
        // 53 bits fill the significand of a `Double`.
        Double(bits(for: .jitter, key: key).high >> 11) / Double(1 << 53)
    }
}
