/// Why the service does not do what it was asked, in the words of bookings. `Problem` gives each its answer.
package enum BookingError: Error, Hashable, Sendable {
    /// No such booking, or none that the caller may see.
    case notFound
    /// The caller's roles do not open this.
    case forbidden
    /// The slot is held. `blocking`: the first booking in the way; `nextFree`: where one of the wished length fits.
    case slotTaken(blocking: TimeSlot, nextFree: TimeSlot)
    case illegalTransition(IllegalTransition)
    /// `If-Match` names another version than the booking has.
    case preconditionFailed
    /// Another request with the same idempotency key is running.
    case requestInProgress
    /// The idempotency key was used with another body.
    case idempotencyMismatch
    /// The events after this cursor are no longer kept.
    case cursorTooOld
    /// A store does not answer; the caller may try again.
    case unavailable(StoreError)
}
