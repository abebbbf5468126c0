/// What has been delivered to a webhook, and what failed. It is all that a replica needs to go on where another stopped.
package struct WebhookProgress: Hashable, Sendable {
    /// The cursor: every event up to it was delivered.
    package var position: LogPosition
    /// Every event up to it was delivered, or is in `retries`. An event after it shows that there is work.
    package var settled: LogPosition
    /// The positions after the cursor whose events were delivered, in ascending order.
    package var ahead: [LogPosition]
    /// The deliveries that failed and wait for their next attempt, in the order of their positions.
    package var retries: [WebhookRetry]
    /// The instant of the last delivery.
    package var lastSuccess: Timestamp?
    /// Why the last failed attempt failed; `nil` when none did since the last success.
    package var lastError: String?

    /// Creates the progress of a webhook that begins after a position.
    package init(from position: LogPosition) {
        self.position = position
        settled = position
        ahead = []
        retries = []
    }
}

/// A delivery that failed.
package struct WebhookRetry: Hashable, Sendable {
    /// The event's position; `.start` for a resync.
    package let position: LogPosition
    /// The number of failed attempts.
    package let failures: Int
    /// The instant of the first failure.
    package let firstFailure: Timestamp
    /// The instant of the next attempt.
    package let due: Timestamp

    /// Creates a retry from its members.
    package init(position: LogPosition, failures: Int, firstFailure: Timestamp, due: Timestamp) {
        self.position = position
        self.failures = failures
        self.firstFailure = firstFailure
        self.due = due
    }
}

// MARK: - The form in which stores keep it

extension WebhookProgress {
    /// `ahead` as text: numbers that are separated by commas.
    package var aheadText: String { ahead.map { "\($0.number)" }.joined(separator: ",") }

    /// `retries` as text: four numbers each, separated by colons, and commas between retries.
    package var retriesText: String {
        retries.map {
            "\($0.position.number):\($0.failures):\($0.firstFailure.milliseconds):\($0.due.milliseconds)"
        }.joined(separator: ",")
    }

    /// Reads the two texts. Returns `nil` when one of them has another form.
    package init?(position: LogPosition, settled: LogPosition, ahead: String, retries: String) {
        self.init(from: position)
        self.settled = settled
        for part in ahead.split(separator: ",") {
            guard let number = Int64(part) else { return nil }
            self.ahead.append(LogPosition(number))
        }
        for part in retries.split(separator: ",") {
            let numbers = part.split(separator: ":").compactMap { Int64($0) }
            guard numbers.count == 4 else { return nil }
            self.retries.append(
                WebhookRetry(
                    position: LogPosition(numbers[0]), failures: Int(numbers[1]),
                    firstFailure: Timestamp(milliseconds: numbers[2]), due: Timestamp(milliseconds: numbers[3])))
        }
    }
}
