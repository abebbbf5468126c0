import Bookings

// Who may see what, and the names by which histories are read.

extension History {
    /// Whether what belongs to this provider and customer is the caller's to see.
    func maySee(_ caller: Caller, provider: ProviderID?, customer: String?) -> Bool {
        switch caller {
        case .admin: true
        case .provider(let index): provider != nil && provider == providerID(index)
        case .customer: customer == caller.description
        case .world: false
        }
    }

    package func providerID(_ index: Int) -> ProviderID? {
        providers.indices.contains(index) ? providers[index] : nil
    }
}

extension History.Logged {
    var isReminder: Bool { name == EventName.reminder.rawValue }
    /// An event with which a booking takes times.
    var givesTimes: Bool { name == EventName.created.rawValue || name == EventName.rescheduled.rawValue }
    /// An event after which a booking is over.
    var endsBooking: Bool {
        [EventName.cancelled, .declined, .completed, .noShow].contains { $0.rawValue == name }
    }
}

extension History.Frame {
    var isReminder: Bool { name == EventName.reminder.rawValue }
    /// Not so `resync`, which is no event of the log.
    var isEvent: Bool { EventName(rawValue: name) != nil }
}

extension History.Call {
    var isWrite: Bool {
        switch kind {
        case .create, .act: true
        case .read, .history, .list, .flawedToken: false
        }
    }

    /// Refused because the slot is held, now and not by a replay.
    package var isConflict: Bool { status == 409 && !isReplay && text.contains("slot-taken") }
    var isInProgress: Bool { status == 409 && text.contains("request-in-progress") }
}

/// One version of a booking.
package struct VersionKey: Hashable {
    package let booking: BookingID
    package let version: Int
}

/// The log, by what is looked up in it. Where something stands twice, its first place counts.
struct LogIndex {
    /// Of each event id.
    private(set) var places: [String: Int] = [:]
    /// Of each change of a booking, with all its places.
    private(set) var changes: [VersionKey: [Int]] = [:]
    private(set) var created: [BookingID: Int] = [:]

    init(_ log: [History.Logged]) {
        for (place, logged) in log.enumerated() {
            if places[logged.event] == nil { places[logged.event] = place }
            guard let booking = logged.booking, !logged.isReminder else { continue }
            if let version = logged.version {
                changes[VersionKey(booking: booking, version: version), default: []].append(place)
            }
            if logged.name == EventName.created.rawValue, created[booking] == nil { created[booking] = place }
        }
    }
}
