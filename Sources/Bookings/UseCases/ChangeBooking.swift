/// Applies an action to an existing booking.
///
/// The action is applied to the booking as it was read, and written on condition that it still has that version.
/// Otherwise it is read and decided again, so no lock is held while this process decides or is suspended.
package struct ChangeBooking: Sendable {
    /// The versions that `If-Match` permits.
    package enum Precondition: Hashable, Sendable {
        case any
        case versions(Set<Int>)

        func permits(_ version: Int) -> Bool {
            switch self {
            case .any: true
            case .versions(let versions): versions.contains(version)
            }
        }
    }

    private let writes: BookingWrites

    /// Creates the use case.
    package init(_ writes: BookingWrites) {
        self.writes = writes
    }

    /// Returns whether the principal's roles permit the action on any booking.
    package func isPermitted(_ action: ActionName, to principal: Principal) -> Bool {
        principal.actionScope(action, writes.customerAccess) != nil
    }

    /// Returns a booking that the principal may change by the action.
    ///
    /// Throws `notFound` if the principal may not see the booking, and `forbidden` if it may only see it.
    package func visibleBooking(
        _ id: BookingID, for action: ActionName, by principal: Principal
    ) async throws(BookingError) -> Booking {
        guard let actionScope = principal.actionScope(action, writes.customerAccess) else { throw .forbidden }
        let booking = try await unavailableIfFailing { try await writes.store.booking(id) }
        guard let booking else { throw .notFound }
        if actionScope.contains(booking) { return booking }
        let isVisible = principal.readScope(writes.customerAccess)?.contains(booking) ?? false
        throw isVisible ? .forbidden : .notFound
    }

    /// Throws as `visibleBooking` does, and `preconditionFailed`, `illegalTransition` or `slotTaken`.
    package func callAsFunction(
        _ id: BookingID, _ action: BookingAction, by principal: Principal, if precondition: Precondition,
        for request: WriteRequest
    ) async throws(BookingError) -> WriteResult {
        while true {
            let current = try await visibleBooking(id, for: action.name, by: principal)
            guard precondition.permits(current.version) else { throw .preconditionFailed }
            // Another replica's clock may be ahead; the times of a booking never go back.
            let now = max(writes.clock.now(), current.updatedAt)
            switch Result(catching: { () throws(IllegalTransition) in try current.applying(action, at: now) }) {
            case .failure(let refusal): throw .illegalTransition(refusal)
            case .success(.unchanged): return try await answerUnchanged(current, request)
            case .success(.changed(let next)):
                let result = try await writes.write(
                    next, replacing: current.version, by: action.name, at: now, for: request)
                if let result { return result }
            }
        }
    }

    private func answerUnchanged(
        _ booking: Booking, _ request: WriteRequest
    ) async throws(BookingError) -> WriteResult {
        let answer = request.render(booking)
        guard let idempotency = request.idempotency else { return .done(answer) }
        let kept = try await writes.keep(answer, to: idempotency)
        return kept == answer ? .done(answer) : .replayed(kept)
    }
}
