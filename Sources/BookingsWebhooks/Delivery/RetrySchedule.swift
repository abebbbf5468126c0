import Bookings

/// When a delivery that failed is attempted again.
package enum RetrySchedule {
    private static let delays: [Duration] = [
        .seconds(5), .seconds(30), .seconds(120), .seconds(600), .seconds(1800), .seconds(3600), .seconds(7200),
        .seconds(14_400), .seconds(21_600),
    ]
    /// The longest delay between two attempts, and the longest that `Retry-After` can ask for.
    package static let maximumDelay = Duration.seconds(21_600)
    /// How long after the first failure no further attempt is made.
    package static let patience = Duration.seconds(3 * 24 * 60 * 60)
    /// The share of a delay by which it is made longer or shorter at random, so that the deliveries to a receiver that
    /// was down do not all return at one instant.
    private static let jitter = 0.2

    /// Returns the instant of the next attempt, or `nil` when there is none any more.
    ///
    /// - Parameters:
    ///   - failures: The number of failed attempts, the one at `now` included.
    ///   - firstFailure: The instant of the first of them.
    ///   - retryAfter: The delay that the receiver asked for (RFC 9110, section 10.2.3), which is not undercut.
    ///   - random: A random number from 0 to 1.
    package static func next(
        failures: Int, firstFailure: Timestamp, now: Timestamp, retryAfter: Duration?, random: Double
    ) -> Timestamp? {
        let base = delays[min(max(failures, 1), delays.count) - 1]
        let factor = 1 + jitter * (2 * random - 1)
        let delay = Duration.milliseconds(Int64(Double(base.wholeMilliseconds) * factor))
        let next = now + max(delay, min(retryAfter ?? .zero, maximumDelay))
        return firstFailure.duration(to: next) > patience ? nil : next
    }
}
