import Bookings

extension Checker {
    /// Reads the log and the frames. Nothing excuses an early reminder: instants are true virtual time, so that a
    /// replica with a wrong clock is caught.
    static let reminderEarly = Checker(
        "reminder-early", "No reminder is sent before the start minus the lead, whatever a replica's clock shows."
    ) { history in
        // A reminder without a lead is compared with the longest one, so that it is not accused wrongly.
        let longestLead = history.leads.max() ?? .zero
        let recorded = history.log.filter(\.isReminder).compactMap { entry -> Anomaly? in
            let due = entry.start - (entry.lead.map { .milliseconds($0) } ?? longestLead)
            return anomaly("recorded", of: entry.booking, due: due, at: entry.occurredAt)
        }
        let received = history.frames.filter(\.isReminder).compactMap { frame -> Anomaly? in
            let due = frame.start - (frame.lead.map { .milliseconds($0) } ?? longestLead)
            return anomaly("received by \(frame.socket)", of: frame.booking, due: due, at: frame.receivedAt)
        }
        return recorded + received
    }
}

private func anomaly(_ verb: String, of booking: BookingID?, due: Timestamp, at instant: Timestamp) -> Anomaly? {
    guard instant < due else { return nil }
    let name = booking?.description ?? "an unknown booking"
    return Anomaly(
        "the reminder of \(name) was \(verb) at \(RFC3339.string(instant)), due \(RFC3339.string(due))",
        booking: booking, at: instant)
}
