/// Something that happened to a booking, as the event log keeps it.
package struct BookingEvent: Hashable, Sendable {
    /// The booking as it was then. Of a reminder's booking, as it was when the reminder was recorded.
    package let booking: Booking
    package let kind: Kind
    /// The instant at which the event was recorded.
    package let occurredAt: Timestamp

    package enum Kind: Hashable, Sendable {
        case action(ActionName)
        case reminder(ReminderNotice)
    }

    package init(booking: Booking, kind: Kind, occurredAt: Timestamp) {
        self.booking = booking
        self.kind = kind
        self.occurredAt = occurredAt
    }

    package var name: EventName {
        switch kind {
        case .action(let action): action.event
        case .reminder: .reminder
        }
    }

    /// One id for each thing that happened, on every way out, whoever recorded it and however often it was tried.
    ///
    /// It is a function of what happened alone, so it needs no column and no source of randomness, and a repeat after
    /// a fault carries the id of the original.
    package var id: EventID {
        switch kind {
        case .action: .derived(from: booking.id, version: booking.version, lead: nil)
        case .reminder(let notice): .derived(from: booking.id, version: booking.timesVersion, lead: notice.lead)
        }
    }
}

/// What a reminder says besides the booking's own fields.
package struct ReminderNotice: Hashable, Sendable {
    package let dueAt: Timestamp
    package let lead: Duration
    package let isLate: Bool

    package init(dueAt: Timestamp, lead: Duration, isLate: Bool) {
        self.dueAt = dueAt
        self.lead = lead
        self.isLate = isLate
    }
}

/// The names under which events go out.
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
    /// Mixes the booking's id with what sets the event apart from the booking's other events.
    static func derived(from booking: BookingID, version: Int, lead: Duration?) -> EventID {
        let cause = UInt64(truncatingIfNeeded: version) << 1 | (lead == nil ? 0 : 1)
        let salt = mixed(cause, with: UInt64(truncatingIfNeeded: lead?.wholeMilliseconds ?? 0))
        return .version8(RandomBits(high: mixed(booking.high, with: salt), low: mixed(booking.low, with: ~salt)))
    }
}

/// The finalizer of SplitMix64 over a sum: a bijection of the value for each salt.
private func mixed(_ value: UInt64, with salt: UInt64) -> UInt64 {
    var mix = value &+ salt &* 0x9e37_79b9_7f4a_7c15 &+ 0x9e37_79b9_7f4a_7c15
    mix = (mix ^ mix >> 30) &* 0xbf58_476d_1ce4_e5b9
    mix = (mix ^ mix >> 27) &* 0x94d0_49bb_1331_11eb
    return mix ^ mix >> 31
}
