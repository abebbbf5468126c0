import Metrics
import Synchronization

/// Records what the service does, in the metrics of `MetricFamily.service`.
///
/// Label values come from closed sets (methods, route templates, statuses) and never from a client.
package final class ServiceMetrics: Sendable {
    /// The backend, which also exposes the values.
    package let registry: any MetricsRegistry

    private let requests = Mutex<[RequestLabels: RequestSeries]>([:])
    private let created: Counter
    private let conflicts: Counter
    private let reminders: [Reminder.Outcome: Counter]
    private let lateness: Timer
    private let connections: Meter
    private let acceptFailures: Counter
    private let sockets: [SocketTransport: Meter]
    private let socketEvents: Counter
    private let lag: Meter
    private let rewinds: Counter
    private let clockOffset: Meter
    private let cacheHits: Counter
    private let cacheMisses: Counter
    private let webhooksDelivered: Counter
    private let webhooksFailed: Counter
    private let webhookLatency: Timer
    private let webhooksInFlight: Meter
    private let webhookLag: [WebhookState: Meter]
    private let auditViolations: [AuditInvariant: Counter]
    private let auditPosition: Meter
    private let auditRounds: Counter
    private let inFlight: [InFlightWork.Kind: Meter]
    private let inFlightWork = Mutex<InFlightWork?>(nil)
    private let webhookLags = Mutex<(@Sendable () -> [WebhookState: Duration])?>(nil)

    private struct RequestLabels: Hashable {
        let method: String
        let route: String
        let status: Int

        /// Hashes no text, which would cost more than all else here: few series are alike in what is hashed.
        func hash(into hasher: inout Hasher) {
            hasher.combine(method.utf8.count << 16 | route.utf8.count)
            hasher.combine(status)
        }
    }

    private struct RequestSeries {
        let count: Counter
        let duration: Timer
    }

    /// Makes all series but those of requests, so that they are exposed with zero from the start.
    package init(registry: any MetricsRegistry) {
        self.registry = registry
        func counter(_ family: MetricFamily, _ labels: [(String, String)] = []) -> Counter {
            Counter(label: family.name, dimensions: labels, factory: registry)
        }
        func gauge(_ family: MetricFamily, _ labels: [(String, String)] = []) -> Meter {
            Meter(label: family.name, dimensions: labels, factory: registry)
        }
        created = counter(.bookingsCreated)
        conflicts = counter(.bookingConflicts)
        reminders = Dictionary(
            uniqueKeysWithValues: Reminder.Outcome.allCases.map {
                ($0, counter(.reminders, [("outcome", $0.rawValue)]))
            })
        lateness = Timer(label: MetricFamily.reminderLateness.name, dimensions: [], factory: registry)
        connections = gauge(.connections)
        acceptFailures = counter(.acceptFailures)
        sockets = Dictionary(
            uniqueKeysWithValues: SocketTransport.allCases.map { ($0, gauge(.sockets, [("transport", $0.rawValue)])) })
        socketEvents = counter(.socketEvents)
        lag = gauge(.eventLogLag)
        rewinds = counter(.eventLogRewinds)
        clockOffset = gauge(.clockOffset)
        cacheHits = counter(.cacheRequests, [("result", "hit")])
        cacheMisses = counter(.cacheRequests, [("result", "miss")])
        webhooksDelivered = counter(.webhookDeliveries, [("outcome", "delivered")])
        webhooksFailed = counter(.webhookDeliveries, [("outcome", "failed")])
        webhookLatency = Timer(label: MetricFamily.webhookLatency.name, dimensions: [], factory: registry)
        webhooksInFlight = gauge(.webhooksInFlight)
        webhookLag = Dictionary(
            uniqueKeysWithValues: WebhookState.allCases.map { ($0, gauge(.webhookLag, [("state", $0.rawValue)])) })
        auditViolations = Dictionary(
            uniqueKeysWithValues: AuditInvariant.allCases.map {
                ($0, counter(.auditViolations, [("invariant", $0.rawValue)]))
            })
        auditPosition = gauge(.auditPosition)
        auditRounds = counter(.auditRounds)
        inFlight = Dictionary(
            uniqueKeysWithValues: InFlightWork.Kind.allCases.map { ($0, gauge(.inFlightWork, [("kind", $0.name)])) })
    }

    /// Records an answered request.
    ///
    /// - Parameters:
    ///   - method: The method, or a constant for methods that the service does not know.
    ///   - route: The template of the route, never the path.
    ///   - duration: The time from the head of the request to its answer.
    package func recordRequest(method: String, route: String, status: Int, duration: Duration) {
        let series = series(of: RequestLabels(method: method, route: route, status: status))
        series.count.increment()
        series.duration.record(duration: duration)
    }

    /// Returns the handles of a series, which are made once: a factory's lookup by strings costs more than the record.
    private func series(of labels: RequestLabels) -> RequestSeries {
        requests.withLock { known in
            if let series = known[labels] { return series }
            let dimensions = [("method", labels.method), ("route", labels.route), ("status", "\(labels.status)")]
            let series = RequestSeries(
                count: Counter(label: MetricFamily.requests.name, dimensions: dimensions, factory: registry),
                duration: Timer(label: MetricFamily.requestDuration.name, dimensions: dimensions, factory: registry))
            known[labels] = series
            return series
        }
    }

    /// Records a booking that was created; a replay of an idempotent request is none.
    package func bookingCreated() { created.increment() }

    /// Records a booking that was refused because its slot was taken.
    package func bookingConflict() { conflicts.increment() }

    /// Records a reminder that fell due.
    ///
    /// - Parameter lateness: The time from its due instant to its record; ignored for a missed reminder, which has no
    ///   record.
    package func reminder(_ outcome: Reminder.Outcome, lateness: Duration) {
        reminders[outcome]?.increment()
        if outcome != .missed { self.lateness.record(duration: lateness) }
    }

    /// Records a Socket.IO connection that was opened, or that upgraded to `transport`.
    package func socketOpened(_ transport: SocketTransport) { sockets[transport]?.increment() }

    /// Records a Socket.IO connection that was closed, or that upgraded from `transport`.
    package func socketClosed(_ transport: SocketTransport) { sockets[transport]?.decrement() }

    /// Records that events for one socket were given to its transport.
    package func socketEventsSent(_ count: Int) { socketEvents.increment(by: count) }

    /// Sets the number of events in the log that this replica has not relayed yet.
    package func setEventLogLag(_ events: Int) { lag.set(events) }

    /// Records that the log was found to have lost its newest events.
    package func eventLogWentBack() { rewinds.increment() }

    /// Sets how far the time of the store is ahead of this machine's.
    package func setClockOffset(_ offset: Duration) { clockOffset.set(Double(offset.wholeMilliseconds) / 1000) }

    /// Sets the number of open connections of the listening socket, WebSockets included.
    package func setConnections(_ count: Int) { connections.set(count) }

    /// Records that the system had no descriptor or memory for a connection that had arrived.
    package func acceptFailed() { acceptFailures.increment() }

    /// Records a lookup in the page cache.
    package func cacheRequest(hit: Bool) { (hit ? cacheHits : cacheMisses).increment() }

    /// Records that an attempt to deliver to a webhook began.
    package func webhookAttemptBegan() { webhooksInFlight.increment() }

    /// Records that an attempt to deliver to a webhook has ended.
    package func webhookAttemptEnded(succeeded: Bool, latency: Duration) {
        webhooksInFlight.decrement()
        (succeeded ? webhooksDelivered : webhooksFailed).increment()
        webhookLatency.record(duration: latency)
    }

    /// Records a violation that the audit found.
    package func auditViolation(_ invariant: AuditInvariant) { auditViolations[invariant]?.increment() }

    /// Sets the number of bookings that the audit has checked in its round.
    package func setAuditPosition(_ bookings: Int) { auditPosition.set(bookings) }

    /// Records that the audit has checked all stored data.
    package func auditRoundEnded() { auditRounds.increment() }

    /// Exposes the counts of `work` from now on. They are read at each exposition, so that counting costs no more than
    /// without metrics.
    package func expose(_ work: InFlightWork) { inFlightWork.withLock { $0 = work } }

    /// Exposes the lags of webhooks from now on, zero for states that `lags` does not return. They are read at each
    /// exposition, since they grow while nothing happens.
    package func expose(webhookLags lags: @escaping @Sendable () -> [WebhookState: Duration]) {
        webhookLags.withLock { $0 = lags }
    }

    /// Returns all metrics in the Prometheus text format.
    package func exposition() -> String {
        if let lags = webhookLags.withLock({ $0 })?() {
            for (state, gauge) in webhookLag {
                gauge.set(Double(lags[state, default: .zero].wholeMilliseconds) / 1000)
            }
        }
        if let work = inFlightWork.withLock({ $0 }) {
            for (kind, gauge) in inFlight { gauge.set(work.count(of: kind)) }
        }
        return registry.exposition()
    }
}

/// The transport of a Socket.IO connection.
package enum SocketTransport: String, CaseIterable, Sendable {
    case websocket
    case polling
}
