/// Checks the stored data against `AuditInvariant`, in rounds of small steps: all bookings by their ids, then the log.
package struct AuditData: Sendable {
    /// The number of bookings of a step, which takes some milliseconds.
    package static let bookingsOfStep = 50
    /// The number of events of a step.
    package static let eventsOfStep = 500

    /// How far a round has come.
    package enum Place: Hashable, Sendable {
        case bookings(after: BookingID?)
        case log(after: LogPosition)

        /// Where a round begins.
        package static let beginning = Place.bookings(after: nil)
    }

    /// The result of a step.
    package struct Step: Hashable, Sendable {
        /// What is wrong with the data of the step.
        package let violations: [AuditViolation]
        /// The number of bookings that were checked.
        package let bookings: Int
        /// Where the next step begins; `nil` at the end of the round.
        package let next: Place?
    }

    private let source: any AuditSource
    private let clock: any WallClock
    private let retention: Duration

    /// Creates the use case. `retention` is how long the log keeps events.
    package init(source: any AuditSource, clock: any WallClock, retention: Duration) {
        self.source = source
        self.clock = clock
        self.retention = retention
    }

    /// Checks what follows a place.
    package func step(from place: Place) async throws(StoreError) -> Step {
        switch place {
        case .bookings(let id):
            let bookings = try await source.audited(after: id, limit: Self.bookingsOfStep)
            let now = clock.now()
            let isLast = bookings.count < Self.bookingsOfStep
            return Step(
                violations: bookings.flatMap { $0.violations(at: now, retention: retention) }, bookings: bookings.count,
                next: isLast ? .log(after: .start) : .bookings(after: bookings.last?.booking.id))
        case .log(let position):
            let events = try await source.auditedEvents(after: position, limit: Self.eventsOfStep)
            let violations = events.withoutBooking.map {
                AuditViolation(.history, [$0], "the log has events of a booking that does not exist")
            }
            return Step(violations: violations, bookings: 0, next: events.last.map { .log(after: $0) })
        }
    }
}
