/// Makes a booking, or says what is in its way.
package struct CreateBooking: Sendable {
    package struct Wish: Sendable {
        package let providerID: ProviderID
        package let serviceID: ServiceID
        package let customerID: Subject?
        package let slot: TimeSlot

        package init(providerID: ProviderID, serviceID: ServiceID, customerID: Subject?, slot: TimeSlot) {
            self.providerID = providerID
            self.serviceID = serviceID
            self.customerID = customerID
            self.slot = slot
        }
    }

    private let writes: BookingWrites

    package init(_ writes: BookingWrites) {
        self.writes = writes
    }

    package func callAsFunction(
        _ wish: Wish, by principal: Principal, origin: RequestOrigin, repeatable: RepeatableRequest?
    ) async throws(BookingError) -> WriteResult {
        guard principal.mayCreate(with: wish.providerID, for: wish.customerID) else { throw .forbidden }
        let now = writes.clock.now()
        let randomness = writes.identifiers.bits(for: .bookingID, key: origin.requestID)
        let booking = Booking.made(
            id: .version7(at: now, randomness: randomness), providerID: wish.providerID,
            customerID: principal.customer(named: wish.customerID), serviceID: wish.serviceID, slot: wish.slot,
            status: writes.initialStatus, at: now)
        let write = BookingWrite(
            booking: booking, replaces: nil, action: .create,
            reminders: writes.plan.reminders(for: booking, armedAt: now), origin: origin,
            idempotency: repeatable.map { $0.request.record($0.render(booking), at: now) })
        switch try await unavailableIfFailing({ try await writes.store.write(write) }) {
        case .written(let position):
            writes.committed(position)
            return .done(booking)
        case .slotTaken(let blocking, let nextFree): throw .slotTaken(blocking: blocking, nextFree: nextFree)
        case .decidedBefore(let record):
            guard let repeatable else { preconditionFailure("Only a request with a key was decided before.") }
            return .replayed(try repeatable.request.answer(of: record))
        case .inProgress: throw .requestInProgress
        case .stale: preconditionFailure("A new booking replaces no version.")
        }
    }
}
