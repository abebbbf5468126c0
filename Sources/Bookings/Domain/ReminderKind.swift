/// What reminders have in common that differ in their bookings only.
///
/// The id of an event is derived from the booking, the version of its times and the lead. There are few pairs of the
/// last two, so the booking of a reminder is found from the event's id by trying the pairs that were ever recorded.
package struct ReminderKind: Hashable, Sendable {
    /// The version of the booking that set the slot.
    package let timesVersion: Int
    /// How long before the start of the booking the reminder is due.
    package let lead: Duration

    /// Creates a kind from its members.
    package init(timesVersion: Int, lead: Duration) {
        self.timesVersion = timesVersion
        self.lead = lead
    }

    /// Returns the reminders of this kind whose event has the id: 64, nearly all of bookings that do not exist, because a
    /// version 8 UUID replaces six bits of what is derived.
    package func candidates(for id: EventID) -> [ReminderIdentity] {
        let salt = EventID.salt(version: timesVersion, lead: lead)
        let highs = (UInt64(0)..<16).map { id.high & 0xffff_ffff_ffff_0fff | $0 << 12 }
        let lows = (UInt64(0)..<4).map { id.low & 0x3fff_ffff_ffff_ffff | $0 << 62 }
        return highs.flatMap { high in
            lows.map { low in
                let booking = BookingID(high: unmixed(high, with: salt), low: unmixed(low, with: ~salt))
                return ReminderIdentity(bookingID: booking, timesVersion: timesVersion, lead: lead)
            }
        }
    }
}

/// Returns the value that `mixed` turns into `mix` with this salt: the SplitMix64 finalizer backwards, whose constants are
/// the inverses of its factors modulo 2^64.
private func unmixed(_ mix: UInt64, with salt: UInt64) -> UInt64 {
    var value = mix ^ mix >> 31 ^ mix >> 62
    value = value &* 0x3196_42b2_d24d_8ec3
    value = value ^ value >> 27 ^ value >> 54
    value = value &* 0x96de_1b17_3f11_9089
    value = value ^ value >> 30 ^ value >> 60
    return value &- 0x9e37_79b9_7f4a_7c15 &- salt &* 0x9e37_79b9_7f4a_7c15
}
