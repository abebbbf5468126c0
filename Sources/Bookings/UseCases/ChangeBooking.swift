/// Does one of the actions on a booking that exists.
///
/// The decision is made on the booking as read and written on condition that it still is so; when another change came
/// between, it is made anew. So no lock is held while this process thinks, or is paused.
package struct ChangeBooking: Sendable {
    /// The versions that `If-Match` admits; nil: any.
    package enum Precondition: Hashable, Sendable {
        case any
        case versions(Set<Int>)

        func admits(_ version: Int) -> Bool {
            switch self {
            case .any: true
            case .versions(let versions): versions.contains(version)
            }
        }
    }

    private let writes: BookingWrites

    package init(_ writes: BookingWrites) {
        self.writes = writes
    }

    /// Throws `forbidden` unless the caller's roles open the action at all, `notFound` unless it may see the booking.
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

    package func callAsFunction(
        _ id: BookingID, _ action: BookingAction, by principal: Principal, precondition: Precondition,
        origin: RequestOrigin, repeatable: RepeatableRequest?
    ) async throws(BookingError) -> WriteResult {
        while true {
            let current = try await visibleBooking(id, for: action.name, by: principal)
            guard precondition.admits(current.version) else { throw .preconditionFailed }
            let now = max(writes.clock.now(), current.updatedAt)
            let next: Booking
            switch Result(catching: { () throws(IllegalTransition) in try current.applying(action, at: now) }) {
            case .failure(let refusal): throw .illegalTransition(refusal)
            case .success(.unchanged): return try await keepUnchanged(current, repeatable)
            case .success(.changed(let changed)): next = changed
            }
            let write = BookingWrite(
                booking: next, replaces: current.version, action: action.name,
                reminders: writes.plan.reminders(for: next, armedAt: now), origin: origin,
                idempotency: repeatable.map { $0.request.record($0.render(next), at: now) })
            switch try await unavailableIfFailing({ try await writes.store.write(write) }) {
            case .written(let position):
                writes.committed(position)
                return .done(next)
            case .stale: continue
            case .slotTaken(let blocking, let nextFree): throw .slotTaken(blocking: blocking, nextFree: nextFree)
            case .decidedBefore(let record):
                guard let repeatable else { preconditionFailure("Only a request with a key was decided before.") }
                return .replayed(try repeatable.request.answer(of: record))
            case .inProgress: throw .requestInProgress
            }
        }
    }

    private func keepUnchanged(
        _ booking: Booking, _ repeatable: RepeatableRequest?
    ) async throws(BookingError) -> WriteResult {
        guard let repeatable else { return .done(booking) }
        let answer = repeatable.render(booking)
        let kept = try await writes.keep(answer, to: repeatable.request)
        return kept == answer ? .done(booking) : .replayed(kept)
    }
}
