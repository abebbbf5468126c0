import Bookings
import BookingsRuntime

extension Mutant {
    static let reminders = [
        reminderSecondEarly, reminderLate, reminderTwice, reminderAfterCancel, reminderOncePerBooking,
    ]

    static let reminderSecondEarly = Mutant(
        "reminder-second-early", "reminders fire a second before they are due", caughtBy: "reminder-early",
        in: .reminders,
        .ports { ports in
            ports.reminders = InterceptedQueue(
                queue: ports.reminders, due: { $0 - .seconds(1) }, firingAdvance: .seconds(1))
        })

    static let reminderLate = Mutant(
        "reminder-45s-late", "due reminders are looked for 45 seconds late", caughtBy: "reminder-late", in: .reminders,
        .ports { ports in
            ports.reminders = InterceptedQueue(
                queue: ports.reminders, due: { $0 + .seconds(45) }, firingAdvance: .seconds(-45))
        })

    static let reminderTwice = Mutant(
        "reminder-twice", "each reminder is sent twice", caughtBy: "reminder-once", in: .reminders,
        .ports { ports in
            ports.addEvents { logged in if case .reminder = logged.event.kind { logged.event } else { nil } }
        })

    static let reminderAfterCancel = Mutant(
        "reminder-after-cancel", "the booking is not checked again before its reminder is sent",
        caughtBy: "reminder-stale", in: .cancelReschedule,
        .ports { ports in ports.replaceWrite { $0.action == .cancel ? $0.keepingReminders : $0 } })

    static let reminderOncePerBooking = Mutant(
        "reminder-once-per-booking", "a reminder is identified without the version of the booking's times",
        caughtBy: "reminder-late", in: .reminders,
        .ports { ports in ports.replaceWrite { $0.action == .reschedule ? $0.with(reminders: []) : $0 } })

    static let undisciplinedClock = Mutant(
        "own-clock", "a replica fires by its own clock", caughtBy: "reminder-early", in: .clockSkew,
        .undisciplinedClock)
}

extension ApplicationPorts {
    /// Passes each write on as the closure changes it.
    mutating func replaceWrite(_ change: @escaping @Sendable (BookingWrite) -> BookingWrite) {
        let store = store
        self.store = InterceptedStore(
            store: store, onWrite: { (write) throws(StoreError) in try await store.write(change(write)) })
    }

    /// Passes each write on to the closure instead of the store.
    mutating func interceptWrite(
        _ intercept: @escaping @Sendable (BookingWrite, any BookingStore) async throws(StoreError) -> WriteOutcome
    ) {
        let store = store
        self.store = InterceptedStore(
            store: store, onWrite: { (write) throws(StoreError) in try await intercept(write, store) })
    }

    /// Adds the event that the closure returns behind each event of the log.
    mutating func addEvents(_ extra: @escaping @Sendable (LoggedEvent) -> BookingEvent?) {
        log = ExpandedLog(log: log, extra: extra)
        bus = ExpandedBus(bus: bus)
    }
}

extension BookingWrite {
    fileprivate func with(reminders: [Reminder]) -> BookingWrite {
        BookingWrite(
            booking: booking, replaces: replaces, action: action, reminders: reminders, origin: origin,
            idempotency: idempotency)
    }

    /// A cancellation that leaves the booking confirmed and its reminders armed.
    fileprivate var keepingReminders: BookingWrite {
        var booking = booking
        booking.status = .confirmed
        let plan = ReminderPlan(leads: [.seconds(600), .seconds(60)])
        return BookingWrite(
            booking: booking, replaces: replaces, action: action,
            reminders: plan.reminders(for: booking, armedAt: booking.updatedAt), origin: origin,
            idempotency: idempotency)
    }
}
