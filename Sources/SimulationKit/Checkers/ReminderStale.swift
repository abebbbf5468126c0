import Bookings

extension Checker {
    /// Reads the log alone: the transaction that records a reminder looks at the booking again, so that the order of
    /// the log is the order of the facts, and no fault excuses a stale reminder.
    static let reminderStale = Checker(
        "reminder-stale", "No reminder follows the end of its booking, or names times that the booking no longer has."
    ) { history in
        var starts: [BookingID: Timestamp] = [:]
        var ends: [BookingID: String] = [:]
        return history.log.compactMap { entry in
            guard let booking = entry.booking else { return nil }
            // The log is in commit order, so that these hold what the booking was when the reminder was recorded.
            if entry.setsTimes { starts[booking] = entry.start }
            if entry.endsBooking { ends[booking] = entry.name }
            guard entry.isReminder else { return nil }
            if let end = ends[booking] {
                return Anomaly("a reminder of \(booking) follows its \(end)", booking: booking, at: entry.occurredAt)
            }
            guard let start = starts[booking], start != entry.start else { return nil }
            return Anomaly(
                "a reminder of \(booking) names the start \(RFC3339.string(entry.start)) instead of "
                    + RFC3339.string(start),
                booking: booking, at: entry.occurredAt)
        }
    }
}
