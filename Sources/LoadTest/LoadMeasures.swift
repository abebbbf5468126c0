import Bookings
import Histogram

/// Latencies, and the requests without one.
struct LoadSample: Sendable {
    /// In microseconds, with three significant digits.
    private(set) var histogram = Histogram<UInt64>(
        lowestDiscernibleValue: 1, highestTrackableValue: Self.longest, numberOfSignificantValueDigits: .three)
    /// The number without a latency: not sent, not answered, not received.
    private(set) var lost: UInt64 = 0
    /// The number with another outcome than expected, including the lost ones.
    var failed: UInt64 = 0

    /// One hour, in microseconds; longer latencies count as one hour.
    private static let longest: UInt64 = 3_600_000_000

    var total: UInt64 { histogram.totalCount + lost }

    mutating func record(_ latency: Duration) {
        let microseconds = latency.components.seconds * 1_000_000 + latency.components.attoseconds / 1_000_000_000_000
        histogram.record(min(UInt64(max(0, microseconds)), Self.longest))
    }

    mutating func lose(_ count: UInt64 = 1) {
        lost += count
        failed += count
    }

    /// Returns the latency at this percentile (0 to 100; 100 is the maximum); `nil` if too many have no latency, or if
    /// there were none.
    func latency(at percentile: Double) -> Duration? {
        let rank = max(1, (percentile.nextDown / 100 * Double(total)).rounded(.up))
        guard total > 0, rank <= Double(histogram.totalCount) else { return nil }
        let share = rank == Double(histogram.totalCount) ? 100 : rank / Double(histogram.totalCount) * 100
        return .microseconds(Int64(histogram.valueAtPercentile(share)))
    }
}

/// The measurements of a load test so far.
package struct LoadMeasures: Sendable {
    struct Requests: Sendable {
        var sample = LoadSample()
        var sent: UInt64 = 0
        /// The number that was never sent because the limit of requests in flight was reached.
        var unsent: UInt64 = 0
        /// The number of responses by status.
        var statuses: [Int: UInt64] = [:]
        /// The number of requests without a response, by error.
        var errors: [String: UInt64] = [:]
    }

    var requests: [LoadKind: Requests] = [:]
    var frames = LoadFrames()
    /// How late requests were sent: the part of their latency that the load generator causes.
    var lag = LoadSample()

    mutating func leaveUnsent(_ kind: LoadKind) {
        requests[kind, default: Requests()].unsent += 1
        requests[kind, default: Requests()].sample.lose()
    }

    mutating func send(_ kind: LoadKind, lag: Duration) {
        requests[kind, default: Requests()].sent += 1
        self.lag.record(lag)
    }

    mutating func answer(_ arrival: LoadPlan.Arrival, status: Int, latency: Duration) {
        requests[arrival.kind, default: Requests()].statuses[status, default: 0] += 1
        requests[arrival.kind, default: Requests()].sample.record(latency)
        guard !arrival.kind.expects(status, isConflict: arrival.isConflict) else { return }
        requests[arrival.kind, default: Requests()].sample.failed += 1
    }

    mutating func fail(_ kind: LoadKind, _ reason: String) {
        requests[kind, default: Requests()].errors[reason, default: 0] += 1
        requests[kind, default: Requests()].sample.lose()
    }

    var sent: UInt64 { requests.values.reduce(0) { $0 + $1.sent } }
    var unsent: UInt64 { requests.values.reduce(0) { $0 + $1.unsent } }
    var failed: UInt64 { requests.values.reduce(0) { $0 + $1.sample.failed } }
    var answered: UInt64 { requests.values.reduce(0) { $0 + $1.sample.histogram.totalCount } }
}

/// The measurements of the sockets.
struct LoadFrames: Sendable {
    /// The time from the due instant of a create to its `booking.created` on a socket.
    var sample = LoadSample()
    /// The number of frames of other events, and of bookings that this load did not create.
    var others: UInt64 = 0
    /// The number of frames that the sockets of the providers must receive for acknowledged creates.
    var owed: UInt64 = 0
    var socketsOpen = 0
    var socketsLost = 0
    /// The number of sockets that could not be opened, by error.
    var socketErrors: [String: UInt64] = [:]

    var missing: UInt64 { owed > sample.total ? owed - sample.total : 0 }
}

extension Duration {
    /// Formats a duration with three digits: `250us`, `4.21ms`, `1.35s`.
    var short: String {
        let microseconds = inSeconds * 1e6
        if microseconds < 1000 { return "\(Int(microseconds))us" }
        if microseconds < 1e6 { return "\(Self.threeDigits(microseconds / 1000))ms" }
        return "\(Self.threeDigits(microseconds / 1e6))s"
    }

    private static func threeDigits(_ value: Double) -> String {
        let decimals = value < 10 ? 100.0 : value < 100 ? 10 : 1
        let rounded = (value * decimals).rounded() / decimals
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }
}
