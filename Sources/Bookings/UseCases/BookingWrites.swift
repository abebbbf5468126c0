/// What all use cases that write bookings share.
package struct BookingWrites: Sendable {
    let store: any BookingStore
    let clock: any WallClock
    let identifiers: any IdentifierSource
    let plan: ReminderPlan
    let initialStatus: BookingStatus
    let customerAccess: CustomerAccess
    /// Called after each commit with the position of its event; wakes the relays and the reminder loop.
    let committed: @Sendable (LogPosition) -> Void

    /// Collects the ports and options of all writes.
    package init(
        store: any BookingStore, clock: any WallClock, identifiers: any IdentifierSource, plan: ReminderPlan,
        initialStatus: BookingStatus, customerAccess: CustomerAccess,
        committed: @escaping @Sendable (LogPosition) -> Void
    ) {
        self.store = store
        self.clock = clock
        self.identifiers = identifiers
        self.plan = plan
        self.initialStatus = initialStatus
        self.customerAccess = customerAccess
        self.committed = committed
    }

    /// The instant at which a request is validated.
    package func now() -> Timestamp { clock.now() }
}

/// The part of a write that depends on the request instead of the booking.
package struct WriteRequest: Sendable {
    let origin: RequestOrigin
    /// `nil` for a request without an idempotency key.
    let idempotency: IdempotentRequest?
    /// Renders the response to a write that succeeded. Called once.
    let render: @Sendable (Booking) -> StoredAnswer

    /// Creates the request part of a write. `render` must not depend on anything but the booking.
    package init(
        origin: RequestOrigin, idempotency: IdempotentRequest?, render: @escaping @Sendable (Booking) -> StoredAnswer
    ) {
        self.origin = origin
        self.idempotency = idempotency
        self.render = render
    }
}

/// The outcome of a request that writes.
package enum WriteResult: Sendable {
    /// The response with the booking as it is now.
    case done(StoredAnswer)
    /// The response that an earlier request with the same idempotency key got.
    case replayed(StoredAnswer)
}

extension BookingWrites {
    /// Writes a booking with its reminders, its event, its history entry and the response to the request.
    ///
    /// - Parameters:
    ///   - version: The version that the booking replaces; `nil` for a new booking.
    ///   - now: The instant of the change.
    /// - Returns: `nil` if the stored booking no longer has that version.
    func write(
        _ booking: Booking, replacing version: Int?, by action: ActionName, at now: Timestamp,
        for request: WriteRequest
    ) async throws(BookingError) -> WriteResult? {
        let stored = request.idempotency.map { ($0, request.render(booking)) }
        let write = BookingWrite(
            booking: booking, replaces: version, action: action,
            reminders: plan.reminders(for: booking, armedAt: now), origin: request.origin,
            idempotency: stored.map { $0.record($1, at: now) })
        switch try await unavailableIfFailing({ try await store.write(write) }) {
        case .written(let position):
            committed(position)
            return .done(stored?.1 ?? request.render(booking))
        case .stale: return nil
        case .slotTaken(let blocking, let nextFree): throw .slotTaken(blocking: blocking, nextFree: nextFree)
        case .decidedBefore(let record):
            guard let (request, _) = stored else { preconditionFailure("A write without a key has no record.") }
            return .replayed(try request.answer(of: record))
        case .inProgress: throw .requestInProgress
        }
    }
}

/// Runs an operation of the store; its errors become `BookingError.unavailable`.
package func unavailableIfFailing<Value>(_ work: () async throws -> Value) async throws(BookingError) -> Value {
    do {
        return try await work()
    } catch {
        throw .unavailable(error as? StoreError ?? .unavailable("\(error)"))
    }
}
