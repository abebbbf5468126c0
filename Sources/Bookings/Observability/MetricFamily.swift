/// A metric of `GET /metrics` with all its label values, as Prometheus defines a metric family.
///
/// To add a metric, add a constant and put it into `service`.
package struct MetricFamily: Sendable {
    /// The type of a metric, which decides how its values are exposed.
    package enum Kind: Hashable, Sendable {
        /// A count that only grows.
        case counter
        /// A value that goes up and down.
        case gauge
        /// Counts of observations in buckets, by their inclusive upper bounds in ascending order.
        case histogram(buckets: [Double])
    }

    /// The name, with the unit as its suffix.
    package let name: String
    /// The type, with the buckets of a histogram.
    package let kind: Kind
    /// The description for the line `# HELP`, without line breaks.
    package let help: String

    /// Creates a family; two families of one registry must not share a name.
    package init(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        self.kind = kind
        self.help = help
    }
}

extension MetricFamily {
    /// The metrics of the service in the order in which they are exposed.
    package static let service = [
        requests, requestDuration, bookingsCreated, bookingConflicts, reminders, reminderLateness, connections,
        acceptFailures, sockets, socketEvents, eventLogLag, eventLogRewinds, clockOffset, cacheRequests, inFlightWork,
        webhookDeliveries, webhookLatency, webhooksInFlight, webhookLag,
        auditViolations, auditPosition, auditRounds,
    ]

    static let requests = MetricFamily(
        "http_requests_total", .counter, "Requests answered, by method, route and status.")
    static let requestDuration = MetricFamily(
        "http_request_duration_seconds",
        .histogram(buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]),
        "Time from the head of a request to its answer, in seconds.")
    static let bookingsCreated = MetricFamily("bookings_created_total", .counter, "Bookings created.")
    static let bookingConflicts = MetricFamily(
        "bookings_conflicts_total", .counter, "Bookings refused because the slot was taken.")
    static let reminders = MetricFamily("booking_reminders_total", .counter, "Reminders that fell due, by outcome.")
    static let reminderLateness = MetricFamily(
        "booking_reminder_lateness_seconds", .histogram(buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 600]),
        "Time from the due instant of a reminder to its record, in seconds.")
    static let connections = MetricFamily("http_connections", .gauge, "Open connections of the listening socket.")
    static let acceptFailures = MetricFamily(
        "http_accept_failures_total", .counter, "Connections that could not be accepted for lack of descriptors.")
    static let sockets = MetricFamily("socketio_connections", .gauge, "Open Socket.IO connections, by transport.")
    /// The sum over all sockets tells when an event has been handed to everyone who receives it.
    package static let socketEvents = MetricFamily(
        "socketio_events_sent_total", .counter, "Events sent to sockets, counted once for each socket.")
    static let eventLogLag = MetricFamily(
        "event_log_lag", .gauge, "Events of the log that this replica has not relayed yet.")
    static let eventLogRewinds = MetricFamily(
        "event_log_rewinds_total", .counter,
        "Times that the event log lost its newest events, by a failover or a restore.")
    static let clockOffset = MetricFamily(
        "clock_offset_seconds", .gauge, "How far the time of the store is ahead of this machine's, in seconds.")
    static let inFlightWork = MetricFamily(
        "in_flight_work", .gauge, "Work in flight, by kind; a shutdown waits for requests, publishes and deliveries.")
    static let auditViolations = MetricFamily(
        "audit_violations_total", .counter,
        "Violations that the audit found in the stored data, by invariant, counted again in each round.")
    static let auditPosition = MetricFamily(
        "audit_position", .gauge, "Bookings that the audit has checked in its round.")
    static let auditRounds = MetricFamily("audit_rounds_total", .counter, "Rounds of the audit over all stored data.")
    static let cacheRequests = MetricFamily("cache_requests_total", .counter, "Lookups in the page cache, by result.")
    static let webhookDeliveries = MetricFamily(
        "webhook_deliveries_total", .counter, "Attempts to deliver to webhooks, by outcome.")
    static let webhookLatency = MetricFamily(
        "webhook_delivery_seconds",
        .histogram(buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]),
        "Time from the beginning of an attempt to its end, in seconds.")
    static let webhooksInFlight = MetricFamily(
        "webhook_deliveries_in_flight", .gauge, "Attempts to deliver to webhooks that have not ended.")
    static let webhookLag = MetricFamily(
        "webhook_lag_seconds", .gauge,
        "Age of the oldest undelivered event of all webhooks in a state that this replica knows of, in seconds.")
}
