import Bookings

/// Returns an instant, in seconds after a fixed one.
package func at(_ seconds: Int) -> Timestamp {
    Timestamp(milliseconds: 1_900_000_000_000 + Int64(seconds) * 1000)
}

/// Returns a time slot from `start` to `end`, in seconds as for `at`.
package func slot(_ start: Int, _ end: Int) -> TimeSlot {
    .stored(start: at(start), end: at(end))
}

/// The default provider of bookings in tests.
package let aProvider = ProviderID(high: 0x1111_1111_1111_4111, low: 0x8111_1111_1111_1111)
/// The default service of bookings in tests.
package let aService = ServiceID(high: 0x2222_2222_2222_4222, low: 0x8222_2222_2222_2222)

/// Returns the subject of this name, which must be valid.
package func subject(_ name: String) -> Subject {
    guard let subject = Subject(name) else { preconditionFailure("\(name) is not a valid subject.") }
    return subject
}

/// Returns a booking. The defaults are valid, so that a test passes only the arguments that matter to it.
package func aBooking(
    _ number: UInt64 = 1, provider: ProviderID = aProvider, customer: Subject? = nil, slot: TimeSlot = slot(3600, 7200),
    status: BookingStatus = .confirmed, at now: Timestamp = at(0)
) -> Booking {
    .made(
        id: BookingID(high: 7, low: number), providerID: provider, customerID: customer, serviceID: aService,
        slot: slot,
        status: status, at: now)
}

/// The default origin of writes in tests.
package let anOrigin = RequestOrigin(subject: subject("tester"), roles: [.admin], requestID: "request-1")
/// The same caller as `anOrigin` in another request.
package let anotherOrigin = RequestOrigin(subject: subject("tester"), roles: [.admin], requestID: "request-2")
/// The same request as `anOrigin`, whose client follows a trace.
package let aTracedOrigin = RequestOrigin(
    subject: anOrigin.subject, roles: anOrigin.roles, requestID: anOrigin.requestID, trace: aTrace)
/// A trace as events keep it.
package let aTrace = TraceContext(traceID: RandomBits(high: 0xaf7, low: 0x1c), parentID: 0xb7, flags: 1)
/// A plan with one reminder, ten minutes before the start.
package let tenMinutes = ReminderPlan(leads: [.seconds(600)])

/// Returns the write that creates a booking.
package func creation(
    of booking: Booking, plan: ReminderPlan = tenMinutes, by origin: RequestOrigin = anOrigin,
    idempotency: IdempotencyRecord? = nil
) -> BookingWrite {
    BookingWrite(
        booking: booking, replaces: nil, action: .create,
        reminders: plan.reminders(for: booking, armedAt: booking.createdAt), origin: origin, idempotency: idempotency)
}

/// Returns the write that an action causes, or `nil` when it changes nothing.
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
    /// Whether the write was stored.
    package var isWritten: Bool {
        if case .written = self { true } else { false }
    }

    /// Whether the write was refused because its slot overlaps another booking.
    package var isSlotTaken: Bool {
        if case .slotTaken = self { true } else { false }
    }
}

/// Identifiers that count up: distinct, and the same in every run.
package final class CountingIdentifiers: IdentifierSource {
    private let count = Counter()

    package init() {}

    package func bits(for purpose: RandomPurpose, key: String) -> RandomBits {
        RandomBits(high: 0x0123_4567_89ab_cdef, low: count.next())
    }
}
