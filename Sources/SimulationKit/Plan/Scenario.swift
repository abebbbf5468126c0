import Bookings

/// What a run is about.
package enum Scenario: String, Codable, CaseIterable, Sendable {
    case reminders, pagination, dedupe
    case doubleBooking = "double-booking"
    case cancelReschedule = "cancel-reschedule"
    case reconnect, tenants, cache
    case clockSkew = "clock-skew"
    case dst
    case rushHour = "rush-hour"
    case shutdown, everything

    package var summary: String {
        switch self {
        case .reminders: "bookings made, cancelled and moved; each reminder at its second, once"
        case .pagination: "walks over the lists while bookings come and go; upcoming and past at their boundaries"
        case .dedupe: "repeats with one key, on other replicas too, through lost answers and crashes"
        case .doubleBooking: "races for slots that overlap, touch and free themselves"
        case .cancelReschedule: "changes right around due instants and between the look for what is due and its claim"
        case .reconnect: "sockets cut between and within frames, storms, replicas that go; nothing is missed"
        case .tenants: "everybody asks for everybody's bookings; flawed tokens; nobody sees what is another's"
        case .cache: "readers on all replicas race writers; nothing older than what was acknowledged"
        case .clockSkew: "machines that are wrong about the time, and whose clocks jump"
        case .dst: "bookings by local time over the nights in which zones change theirs"
        case .rushHour: "very many reminders due at one instant"
        case .shutdown: "replicas ended in order in the middle of bursts, one after the other"
        case .everything: "all of it at once, with faults"
        }
    }
}
