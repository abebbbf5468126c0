/// An entry of the event log: a change of a booking, or a reminder.
package struct BookingEvent: Hashable, Sendable {
    /// The booking after the change, or at the time of the reminder's record.
    package let booking: Booking
    /// What happened.
    package let kind: Kind
    /// The instant of the record.
    package let occurredAt: Timestamp

    /// The cause of an event.
    package enum Kind: Hashable, Sendable {
        case action(ActionName)
        case reminder(ReminderNotice)
    }

    /// Creates an event from its members.
    package init(booking: Booking, kind: Kind, occurredAt: Timestamp) {
        self.booking = booking
        self.kind = kind
        self.occurredAt = occurredAt
    }

    /// The name by which clients know the event.
    package var name: EventName {
        switch kind {
        case .action(let action): action.event
        case .reminder: .reminder
        }
    }

    /// The id of the event, the same in every interface and on every replica, so that clients can drop duplicates.
    ///
    /// It is derived from the booking, its version and the lead of the reminder. So it needs no column and no source of
    /// randomness, and a repetition after an error has the id of the original.
    package var id: EventID {
        switch kind {
        case .action: .derived(from: booking.id, version: booking.version, lead: nil)
        case .reminder(let notice): .derived(from: booking.id, version: booking.timesVersion, lead: notice.lead)
        }
    }
}

/// The members of a reminder event besides those of the booking.
package struct ReminderNotice: Hashable, Sendable {
    /// The instant at which the reminder was due.
    package let dueAt: Timestamp
    /// How long before the start of the booking that was.
    package let lead: Duration
    /// Whether it was recorded later than `Reminder.tolerance` after it was due.
    package let isLate: Bool

    /// Creates a notice from its members.
    package init(dueAt: Timestamp, lead: Duration, isLate: Bool) {
        self.dueAt = dueAt
        self.lead = lead
        self.isLate = isLate
    }
}

/// The name of an event, as clients receive it.
package enum EventName: String, CaseIterable, Sendable {
    case created = "booking.created"
    case confirmed = "booking.confirmed"
    case declined = "booking.declined"
    case cancelled = "booking.cancelled"
    case rescheduled = "booking.rescheduled"
    case completed = "booking.completed"
    case noShow = "booking.no_show"
    case reminder = "booking.reminder"
}

extension EventID {
    /// Returns an id that is made of the booking's id and what distinguishes the event from others of the booking.
    ///
    /// - Parameters:
    ///   - version: The version after an action, or the version of the slot for a reminder.
    ///   - lead: The lead of a reminder; `nil` for an action.
    static func derived(from booking: BookingID, version: Int, lead: Duration?) -> EventID {
        let salt = salt(version: version, lead: lead)
        return .version8(RandomBits(high: mixed(booking.high, with: salt), low: mixed(booking.low, with: ~salt)))
    }

    /// Returns the part of an id that does not depend on the booking.
    static func salt(version: Int, lead: Duration?) -> UInt64 {
        let cause = UInt64(truncatingIfNeeded: version) << 1 | (lead == nil ? 0 : 1)
        return mixed(cause, with: UInt64(truncatingIfNeeded: lead?.wholeMilliseconds ?? 0))
    }
}

/// Returns the SplitMix64 finalizer of `value` and `salt`: for each salt a bijection, so that ids stay distinct.
private func mixed(_ value: UInt64, with salt: UInt64) -> UInt64 {
    var mix = value &+ salt &* 0x9e37_79b9_7f4a_7c15 &+ 0x9e37_79b9_7f4a_7c15
    mix = (mix ^ mix >> 30) &* 0xbf58_476d_1ce4_e5b9
    mix = (mix ^ mix >> 27) &* 0x94d0_49bb_1331_11eb
    return mix ^ mix >> 31
}
