import Synchronization

/// Everything that `GET /metrics` shows, counted where it happens.
///
/// Labels come from closed sets (methods, route templates, statuses), never from a client's text.
package final class ServiceMetrics: Sendable {
    private let requests = Mutex<[RequestLabels: RequestSeries]>([:])
    private let created = Atomic(0)
    private let conflicts = Atomic(0)
    private let reminders = Reminder.Outcome.allCases.map { _ in Counter() }
    private let lateness = Mutex(Histogram(bounds: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 600]))
    private let sockets = SocketTransport.allCases.map { _ in Counter() }
    private let socketEvents = Atomic(0)
    private let lag = Atomic(0)
    private let rewinds = Atomic(0)
    /// In milliseconds.
    private let clockOffset = Atomic<Int64>(0)
    private let connections = Atomic(0)
    private let acceptFailures = Atomic(0)
    private let cacheHits = Atomic(0)
    private let cacheMisses = Atomic(0)

    private final class Counter: Sendable {
        let value = Atomic(0)
    }

    private struct RequestLabels: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    private struct RequestSeries {
        var durations = Histogram(bounds: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5])
    }

    package init() {}

    /// `route`: the template, never the path.
    package func recordRequest(method: String, route: String, status: Int, duration: Duration) {
        let labels = RequestLabels(method: method, route: route, status: status)
        requests.withLock { $0[labels, default: RequestSeries()].durations.observe(duration.inSeconds) }
    }

    package func bookingCreated() { created.wrappingAdd(1, ordering: .relaxed) }
    package func bookingConflict() { conflicts.wrappingAdd(1, ordering: .relaxed) }

    /// Only a recorded reminder has a lateness; a missed one is counted alone.
    package func reminder(_ outcome: Reminder.Outcome, lateness: Duration) {
        let index = Reminder.Outcome.allCases.firstIndex(of: outcome) ?? 0
        reminders[index].value.wrappingAdd(1, ordering: .relaxed)
        guard outcome != .missed else { return }
        self.lateness.withLock { $0.observe(lateness.inSeconds) }
    }

    package func socketOpened(_ transport: SocketTransport) {
        sockets[transport.index].value.wrappingAdd(1, ordering: .relaxed)
    }

    package func socketClosed(_ transport: SocketTransport) {
        sockets[transport.index].value.wrappingSubtract(1, ordering: .relaxed)
    }

    /// An event for one socket went to its transport.
    package func socketEventSent() { socketEvents.wrappingAdd(1, ordering: .relaxed) }

    /// How many events went to sockets so far, each counted for every socket.
    package var socketEventsSent: Int { socketEvents.load(ordering: .relaxed) }

    /// How many events of the log this replica has still to hand on.
    package func setEventLogLag(_ events: Int) { lag.store(events, ordering: .relaxed) }

    /// The log was found to have lost its newest events.
    package func eventLogWentBack() { rewinds.wrappingAdd(1, ordering: .relaxed) }

    /// By how much the store's time is ahead of this machine's.
    package func setClockOffset(_ offset: Duration) { clockOffset.store(offset.wholeMilliseconds, ordering: .relaxed) }

    /// Open connections of the listening socket, WebSockets included.
    package func setConnections(_ count: Int) { connections.store(count, ordering: .relaxed) }

    /// The system had no descriptor or memory for a connection that had arrived.
    package func acceptFailed() { acceptFailures.wrappingAdd(1, ordering: .relaxed) }

    package func cacheRequest(hit: Bool) {
        if hit {
            cacheHits.wrappingAdd(1, ordering: .relaxed)
        } else {
            cacheMisses.wrappingAdd(1, ordering: .relaxed)
        }
    }

    /// The Prometheus text format, version 0.0.4.
    package func exposition() -> String {
        var text = PrometheusText()
        let series = requests.withLock { $0 }.sorted { Self.order($0.key) < Self.order($1.key) }
        text.family(MetricNames.requests, "counter", "Requests answered, by method, route and status.")
        for (labels, values) in series {
            text.sample(MetricNames.requests, Self.labels(labels), Double(values.durations.count))
        }
        text.family(MetricNames.requestDuration, "histogram", "Time from a request's head to its answer, in seconds.")
        for (labels, values) in series {
            text.histogram(MetricNames.requestDuration, Self.labels(labels), values.durations)
        }
        text.counter(MetricNames.created, "Bookings created.", created.load(ordering: .relaxed))
        text.counter(
            MetricNames.conflicts, "Bookings refused because the slot was taken.", conflicts.load(ordering: .relaxed))
        text.family(MetricNames.reminders, "counter", "Reminders that came due, by what became of them.")
        for (outcome, count) in zip(Reminder.Outcome.allCases, reminders) {
            text.sample(
                MetricNames.reminders, "outcome=\"\(outcome.rawValue)\"", Double(count.value.load(ordering: .relaxed)))
        }
        text.family(MetricNames.lateness, "histogram", "Time from a reminder's due instant to its record, in seconds.")
        text.histogram(MetricNames.lateness, "", lateness.withLock { $0 })
        text.family(MetricNames.connections, "gauge", "Open connections of the listening socket.")
        text.sample(MetricNames.connections, "", Double(connections.load(ordering: .relaxed)))
        text.counter(
            MetricNames.acceptFailures, "Connections that could not be accepted for want of descriptors.",
            acceptFailures.load(ordering: .relaxed))
        text.family(MetricNames.sockets, "gauge", "Open Socket.IO connections, by transport.")
        for (transport, count) in zip(SocketTransport.allCases, sockets) {
            text.sample(
                MetricNames.sockets, "transport=\"\(transport.rawValue)\"", Double(count.value.load(ordering: .relaxed))
            )
        }
        text.counter(
            MetricNames.socketEvents, "Events sent to sockets, counted for each of them.",
            socketEvents.load(ordering: .relaxed))
        text.family(MetricNames.lag, "gauge", "Events of the log that this replica has still to hand on.")
        text.sample(MetricNames.lag, "", Double(lag.load(ordering: .relaxed)))
        text.counter(
            MetricNames.rewinds, "Times that the event log lost its newest events, by a failover or a restore.",
            rewinds.load(ordering: .relaxed))
        text.family(
            MetricNames.clockOffset, "gauge", "How far the store's time is ahead of this machine's, in seconds.")
        text.sample(MetricNames.clockOffset, "", Double(clockOffset.load(ordering: .relaxed)) / 1000)
        text.family(MetricNames.cache, "counter", "Look-ups in the page cache, by result.")
        text.sample(MetricNames.cache, "result=\"hit\"", Double(cacheHits.load(ordering: .relaxed)))
        text.sample(MetricNames.cache, "result=\"miss\"", Double(cacheMisses.load(ordering: .relaxed)))
        ProcessMetrics.write(to: &text)
        return text.text
    }

    private static func order(_ labels: RequestLabels) -> String { "\(labels.route) \(labels.method) \(labels.status)" }

    private static func labels(_ labels: RequestLabels) -> String {
        "method=\"\(labels.method)\",route=\"\(labels.route)\",status=\"\(labels.status)\""
    }
}

/// How a socket is connected.
package enum SocketTransport: String, CaseIterable, Sendable {
    case websocket
    case polling

    fileprivate var index: Int { self == .websocket ? 0 : 1 }
}
