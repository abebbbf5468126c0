import Bookings

/// An instant of tests: `at(60)` is a minute after their beginning.
package func at(_ seconds: Int) -> Timestamp {
    Timestamp(milliseconds: 1_900_000_000_000 + Int64(seconds) * 1000)
}

package func slot(_ start: Int, _ end: Int) -> TimeSlot {
    .stored(start: at(start), end: at(end))
}

package let aProvider = ProviderID(high: 0x1111_1111_1111_4111, low: 0x8111_1111_1111_1111)
package let aService = ServiceID(high: 0x2222_2222_2222_4222, low: 0x8222_2222_2222_2222)

package func subject(_ text: String) -> Subject {
    guard let subject = Subject(text) else { preconditionFailure("A test named a bad subject.") }
    return subject
}

/// A booking whose defaults are good, so that each argument you see matters.
package func aBooking(
    _ number: UInt64 = 1, provider: ProviderID = aProvider, customer: Subject? = nil, slot: TimeSlot = slot(3600, 7200),
    status: BookingStatus = .confirmed, at now: Timestamp = at(0)
) -> Booking {
    .made(
        id: BookingID(high: 7, low: number), providerID: provider, customerID: customer, serviceID: aService,
        slot: slot,
        status: status, at: now)
}

package let anOrigin = RequestOrigin(subject: subject("tester"), roles: [.admin], requestID: "request-1")
package let anotherOrigin = RequestOrigin(subject: subject("tester"), roles: [.admin], requestID: "request-2")
package let tenMinutes = ReminderPlan(leads: [.seconds(600)])

/// The write that creates a booking.
package func creation(
    of booking: Booking, plan: ReminderPlan = tenMinutes, idempotency: IdempotencyRecord? = nil
) -> BookingWrite {
    BookingWrite(
        booking: booking, replaces: nil, action: .create,
        reminders: plan.reminders(for: booking, armedAt: booking.createdAt), origin: anOrigin, idempotency: idempotency)
}

/// The write that an action comes to; nil when nothing changes.
package func change(
    _ booking: Booking, _ action: BookingAction, at now: Timestamp, plan: ReminderPlan = tenMinutes,
    by origin: RequestOrigin = anOrigin
) throws -> BookingWrite? {
    guard case .changed(let next) = try booking.applying(action, at: now) else { return nil }
    return BookingWrite(
        booking: next, replaces: booking.version, action: action.name,
        reminders: plan.reminders(for: next, armedAt: now), origin: origin, idempotency: nil)
}

extension WriteOutcome {
    package var isWritten: Bool {
        if case .written = self { true } else { false }
    }

    package var isSlotTaken: Bool {
        if case .slotTaken = self { true } else { false }
    }
}

/// Bits that count up: distinct, and the same in every run.
package final class CountingIdentifiers: IdentifierSource {
    private let count = Counter()

    package init() {}

    package func bits(for purpose: RandomPurpose, key: String) -> RandomBits {
        RandomBits(high: 0x0123_4567_89ab_cdef, low: count.next())
    }
}
