/// The reason why a use case failed. `Problem` maps each case to a response.
package enum BookingError: Error, Hashable, Sendable {
    /// There is no such booking, or the caller may not see it; both look the same to the caller.
    case notFound
    /// The roles of the caller do not allow the request.
    case forbidden
    /// The slot overlaps a booking of the provider.
    ///
    /// - Parameters:
    ///   - blocking: The slot of the first overlapping booking.
    ///   - nextFree: The earliest later slot of the requested length that is free.
    case slotTaken(blocking: TimeSlot, nextFree: TimeSlot)
    /// The status or the time of the booking does not allow the action.
    case illegalTransition(IllegalTransition)
    /// `If-Match` names another version than the current one (RFC 9110, section 13.1.1).
    case preconditionFailed
    /// Another request with the same idempotency key is still being processed.
    case requestInProgress
    /// The idempotency key was used for another request.
    case idempotencyMismatch
    /// The log no longer has all events after the cursor.
    case cursorTooOld
    /// A store cannot be used; the caller may retry.
    case unavailable(StoreError)
}
