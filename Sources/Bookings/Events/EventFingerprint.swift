/// What distinguishes an event from another one that was written at the same position after a rewind.
struct EventFingerprint: Hashable, Sendable {
    let position: LogPosition
    private let booking: BookingID
    private let version: Int
    private let kind: BookingEvent.Kind
    private let occurredAt: Timestamp

    init(_ logged: LoggedEvent) {
        position = logged.position
        booking = logged.event.booking.id
        version = logged.event.booking.version
        kind = logged.event.kind
        occurredAt = logged.event.occurredAt
    }
}
