/// A change that a use case has decided, with everything that is written for it.
package struct BookingWrite: Sendable {
    /// The booking after the change. Its `updatedAt` is the instant of the change.
    package let booking: Booking
    /// The version on which the decision is based; `nil` for a new booking.
    package let replaces: Int?
    /// The action that made the change.
    package let action: ActionName
    /// The reminders of the booking after the change; any others are removed.
    package let reminders: [Reminder]
    /// The request that asked for the change.
    package let origin: RequestOrigin
    /// The answer to the request, to be stored under its idempotency key; `nil` for a request without a key.
    package let idempotency: IdempotencyRecord?

    package init(
        booking: Booking, replaces: Int?, action: ActionName, reminders: [Reminder], origin: RequestOrigin,
        idempotency: IdempotencyRecord?
    ) {
        self.booking = booking
        self.replaces = replaces
        self.action = action
        self.reminders = reminders
        self.origin = origin
        self.idempotency = idempotency
    }
}

/// The caller and the request that made a change.
package struct RequestOrigin: Hashable, Sendable {
    /// The caller.
    package let subject: Subject
    /// The roles of the caller's token.
    package let roles: [Role]
    /// The value of `X-Request-ID`.
    package let requestID: String
    /// The place in a trace that the event keeps for the deliveries to webhooks; `nil` when no client or tracer records
    /// the request's trace, and in a history.
    package let trace: TraceContext?

    package init(subject: Subject, roles: [Role], requestID: String, trace: TraceContext? = nil) {
        self.subject = subject
        self.roles = roles
        self.requestID = requestID
        self.trace = trace
    }
}

/// The result of `BookingStore.write`. Only `written` has changed anything.
package enum WriteOutcome: Sendable {
    /// The change is committed and durable; its event has this position.
    case written(LogPosition)
    /// The booking no longer has the version on which the decision is based: read it and decide again.
    case stale
    /// The provider has another booking in the slot.
    ///
    /// - `blocking`: The first slot in the way.
    /// - `nextFree`: The earliest free slot of the requested length at or after the requested start.
    case slotTaken(blocking: TimeSlot, nextFree: TimeSlot)
    /// An earlier request with the same key was decided.
    case decidedBefore(IdempotencyRecord)
    /// Another request with the same key was still being decided after the deadline of a statement.
    case inProgress
}

/// One change of a booking.
package struct HistoryEntry: Hashable, Sendable {
    /// The booking after the change.
    package let booking: Booking
    /// The action that made the change.
    package let action: ActionName
    /// The request that asked for the change.
    package let origin: RequestOrigin

    package init(booking: Booking, action: ActionName, origin: RequestOrigin) {
        self.booking = booking
        self.action = action
        self.origin = origin
    }
}
