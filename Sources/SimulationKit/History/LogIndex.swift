import Bookings

/// A version of a booking.
struct VersionKey: Hashable {
    let booking: BookingID
    let version: Int
}

/// Lookup tables over the event log. An event that stands twice counts at its first position.
struct LogIndex {
    /// The position of each event, by event id.
    private(set) var positions: [String: Int] = [:]
    /// All positions of the event that announces a version.
    private(set) var changes: [VersionKey: [Int]] = [:]
    /// The position of each booking's `booking.created`.
    private(set) var created: [BookingID: Int] = [:]

    init(_ log: [History.LogEntry]) {
        for (position, entry) in log.enumerated() {
            if positions[entry.event] == nil { positions[entry.event] = position }
            guard let booking = entry.booking, !entry.isReminder else { continue }
            if let version = entry.version {
                changes[VersionKey(booking: booking, version: version), default: []].append(position)
            }
            if entry.name == EventName.created.rawValue, created[booking] == nil { created[booking] = position }
        }
    }
}
