/// Every name that `GET /metrics` shows, in one place.
enum MetricNames {
    static let requests = "http_requests_total"
    static let requestDuration = "http_request_duration_seconds"
    static let created = "bookings_created_total"
    static let conflicts = "bookings_conflicts_total"
    static let reminders = "booking_reminders_total"
    static let lateness = "booking_reminder_lateness_seconds"
    static let connections = "http_connections"
    static let acceptFailures = "http_accept_failures_total"
    static let sockets = "socketio_connections"
    static let socketEvents = "socketio_events_sent_total"
    static let lag = "event_log_lag"
    static let clockOffset = "clock_offset_seconds"
    static let cache = "cache_requests_total"
    static let processCPU = "process_cpu_seconds_total"
    static let processMemory = "process_resident_memory_bytes"
    static let processFiles = "process_open_fds"
}
