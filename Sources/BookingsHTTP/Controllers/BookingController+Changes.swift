import Bookings
import HTTPTypes

// The actions on existing bookings.
extension BookingController {
    /// Returns the handler of an action that takes no parameters.
    func perform(_ action: BookingAction) -> Route.Handler {
        { context in
            try await change(context, by: action.name) { reader in
                reader.finish()
                return action
            }
        }
    }

    /// `POST /bookings/{id}/reschedule`.
    func reschedule(_ context: RequestContext) async throws -> Response {
        try await change(context, by: .reschedule) { reader in
            let slot = reader.slot(notBefore: writes.now())
            reader.finish()
            return slot.map { .reschedule(to: $0) }
        }
    }

    /// `parse`: returns the action that the body describes; `nil` if it added errors.
    private func change(
        _ context: RequestContext, by name: ActionName, parse: (inout BodyReader) -> BookingAction?
    ) async throws -> Response {
        let principal = try context.principal()
        let change = ChangeBooking(writes)
        guard change.isPermitted(name, to: principal) else { throw BookingError.forbidden }
        let id = try bookingID(in: context)
        let body = try JSONBody(of: context).parsed(empty: .object([]), errors: context.idempotencyErrors)
        if let earlier = try await earlierResponse(to: context) {
            if earlier.status != .notFound { try await requireVisible(id, for: name, to: principal) }
            return earlier
        }
        var reader = BodyReader(body)
        let action = parse(&reader)
        let errors = context.idempotencyErrors + reader.errors
        guard let action, errors.isEmpty else { throw Problem.validation(errors) }
        let precondition = EntityTag.precondition(context.request.headerFields[values: .ifMatch])
        let request = WriteRequest(origin: context.origin(of: principal), idempotency: context.idempotentRequest) {
            StoredAnswer($0, status: .ok)
        }
        return try await countingConflicts { () async throws(BookingError) in
            try await change(id, action, by: principal, if: precondition, for: request)
        }.response
    }

    /// Throws a `Problem`, which `Idempotency` does not store: the stored response stays the one that counts.
    private func requireVisible(_ id: BookingID, for action: ActionName, to principal: Principal) async throws {
        do {
            _ = try await ChangeBooking(writes).visibleBooking(id, for: action, by: principal)
        } catch {
            if case .unavailable = error { throw error }
            throw Problem(error)
        }
    }
}
