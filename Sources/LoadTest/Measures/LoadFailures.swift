import Bookings

/// What failed and from when to when, so that an outage of the service has an instant.
struct LoadFailures: Sendable, Codable {
    struct Span: Sendable, Codable, Equatable {
        var count: UInt64
        /// Seconds since the beginning of the load.
        var first: Double
        var last: Double
    }

    /// By reason.
    private(set) var spans: [String: Span] = [:]

    mutating func note(_ reason: String, at instant: Duration) {
        add(reason, Span(count: 1, first: instant.inSeconds, last: instant.inSeconds))
    }

    mutating func add(_ other: LoadFailures) {
        for (reason, span) in other.spans { add(reason, span) }
    }

    private mutating func add(_ reason: String, _ span: Span) {
        guard let before = spans[reason] else { return spans[reason] = span }
        spans[reason] = Span(
            count: before.count + span.count, first: min(before.first, span.first), last: max(before.last, span.last))
    }

    /// A sentence for each reason, in the order in which they began.
    var sentences: [String] {
        spans.sorted { ($0.value.first, $0.key) < ($1.value.first, $1.key) }.map { reason, span in
            let (first, last) = (Duration.seconds(span.first).short, Duration.seconds(span.last).short)
            let period = first == last ? "at \(first)" : "from \(first) to \(last)"
            return "\(reason): \(span.count) \(period)"
        }
    }
}
