import Bookings

/// The measurements of a load test so far.
package struct LoadMeasures: Sendable, Codable {
    struct Requests: Sendable, Codable {
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
    /// When requests failed.
    var failures = LoadFailures()
    /// What the load generator itself used.
    var usage = LoadUsage()

    mutating func leaveUnsent(_ kind: LoadKind, at instant: Duration) {
        requests[kind, default: Requests()].unsent += 1
        requests[kind, default: Requests()].sample.lose()
        failures.note("limit of requests in flight", at: instant)
    }

    mutating func send(_ kind: LoadKind, lag: Duration) {
        requests[kind, default: Requests()].sent += 1
        self.lag.record(lag)
    }

    /// Counts a response. `isExpected` tells whether its status is the right one for the request.
    mutating func answer(_ kind: LoadKind, status: Int, isExpected: Bool, latency: Duration, at instant: Duration) {
        requests[kind, default: Requests()].statuses[status, default: 0] += 1
        requests[kind, default: Requests()].sample.record(latency)
        guard !isExpected else { return }
        requests[kind, default: Requests()].sample.failed += 1
        failures.note("status \(status) of \(kind.rawValue)", at: instant)
    }

    /// Counts a request without a response.
    mutating func fail(_ kind: LoadKind, _ reason: String, at instant: Duration) {
        requests[kind, default: Requests()].errors[reason, default: 0] += 1
        requests[kind, default: Requests()].sample.lose()
        failures.note(reason, at: instant)
    }

    /// Adds the measurements of another part of the same load.
    mutating func add(_ other: LoadMeasures) {
        for (kind, theirs) in other.requests {
            requests[kind, default: Requests()].sample.add(theirs.sample)
            requests[kind, default: Requests()].sent += theirs.sent
            requests[kind, default: Requests()].unsent += theirs.unsent
            requests[kind, default: Requests()].statuses.merge(theirs.statuses, uniquingKeysWith: +)
            requests[kind, default: Requests()].errors.merge(theirs.errors, uniquingKeysWith: +)
        }
        frames.add(other.frames)
        lag.add(other.lag)
        failures.add(other.failures)
        usage.add(other.usage)
    }

    var sent: UInt64 { requests.values.reduce(0) { $0 + $1.sent } }
    var unsent: UInt64 { requests.values.reduce(0) { $0 + $1.unsent } }
    var failed: UInt64 { requests.values.reduce(0) { $0 + $1.sample.failed } }
    var answered: UInt64 { requests.values.reduce(0) { $0 + $1.sample.answered } }

    /// The requests of all kinds together. A session consists of requests of its own, and is not one.
    var total: Requests {
        var all = LoadMeasures()
        for (kind, theirs) in requests where kind != .session {
            var one = LoadMeasures()
            one.requests[.get] = theirs
            all.add(one)
        }
        return all.requests[.get] ?? Requests()
    }

    func sample(of row: LoadRow) -> LoadSample {
        switch row {
        case .requests(let kind): requests[kind]?.sample ?? LoadSample()
        case .total: total.sample
        case .frame: frames.sample
        case .frameAfterAnswer: frames.afterAnswer
        case .eventDelay: frames.delay
        case .reminderLateness: frames.reminders.lateness
        }
    }
}
