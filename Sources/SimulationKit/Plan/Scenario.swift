import Bookings

/// The workload of a run.
package enum Scenario: String, Codable, CaseIterable, Sendable {
    case reminders, pagination, dedupe, contention, http, limits, keys, transports, webhooks
    case doubleBooking = "double-booking"
    case cancelReschedule = "cancel-reschedule"
    case reconnect, tenants, cache
    case clockSkew = "clock-skew"
    case dst
    case rushHour = "rush-hour"
    case shutdown, everything

    /// The workload in one sentence.
    package var summary: String {
        switch self {
        case .reminders: "bookings are created, cancelled and moved; each reminder is sent once, in its second"
        case .pagination: "walks over lists that change meanwhile; upcoming and past at their boundaries"
        case .dedupe: "requests repeated with one key, on other replicas too, after lost answers and crashes"
        case .contention: "bookings that exchange their slots, follow each other and are changed at once"
        case .http: "conditional requests, pages with totals and links, keys after a day, probes and metrics"
        case .limits: "bursts of requests beyond the rate limit, over all replicas"
        case .keys: "keys are published, rotated and withdrawn while tokens of all of them are presented"
        case .transports: "clients that come back and read what they missed, by every transport; some come too late"
        case .webhooks:
            "receivers that are slow, fail, hang and come back get every event, while replicas die and pause"
        case .doubleBooking: "races for slots that overlap, touch and become free"
        case .cancelReschedule: "changes around due instants, and between the query for due reminders and their claim"
        case .reconnect: "sockets cut between and within frames, reconnect storms, replicas that go down"
        case .tenants: "all clients request the bookings of others; flawed tokens"
        case .cache: "reads on all replicas race with writes"
        case .clockSkew: "replicas whose clocks are wrong and jump"
        case .dst: "bookings in local time over the nights in which daylight saving time begins and ends"
        case .rushHour: "a great many reminders due at one instant"
        case .shutdown: "replicas shut down one after the other in the middle of bursts"
        case .everything: "all of the above at once, with faults"
        }
    }
}
