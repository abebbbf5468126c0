import Bookings

/// What is delivered at a place in the log.
package enum DeliveryContent: Hashable, Sendable {
    /// An event.
    case event(LoggedEvent)
    /// Events were lost to this webhook: the log is complete only after this position.
    case resync(oldest: LogPosition)
}

/// A delivery that is about to be attempted.
package struct Delivery: Hashable, Sendable {
    /// Its place in the log.
    package let position: LogPosition
    /// What is sent.
    package let content: DeliveryContent
}

/// The outcome of one attempt.
package enum AttemptOutcome: Hashable, Sendable {
    /// The receiver answered with a status of the class 2xx.
    case delivered
    /// The receiver wants no more deliveries (410).
    case gone
    /// Any other status, no answer in time, or no connection.
    ///
    /// - `reason`: For the owner of the webhook, in a few words.
    /// - `retryAfter`: The delay that the receiver asked for.
    case failed(reason: String, retryAfter: Duration? = nil)
}

/// A delivery that is not behind the cursor.
struct DeliveryEntry: Hashable, Sendable {
    enum Phase: Hashable, Sendable {
        /// To `inFlight` when a place is free and no earlier delivery has precedence.
        case waiting
        /// To `delivered`, to `failed`.
        case inFlight(WebhookRetry?)
        /// To `inFlight` when its next attempt is due, to `waiting` when its owner asks for a new start.
        case failed(WebhookRetry)
        /// Until all earlier ones are delivered, too.
        case delivered
    }

    let position: LogPosition
    let content: DeliveryContent
    var phase: Phase

    /// The booking whose order counts; `nil` for a resync, which is in the order of all deliveries.
    var bookingID: BookingID? {
        if case .event(let logged) = content { logged.event.booking.id } else { nil }
    }

    /// The position that a retry is kept under. Where a resync lies may change before it succeeds.
    var retryPosition: LogPosition {
        if case .event = content { position } else { .start }
    }

    var isDelivered: Bool { phase == .delivered }

    /// Whether it has one of the places of deliveries that are in flight together. One that waits for a retry keeps its
    /// place: a receiver that is down gets no more first attempts than it has places.
    var hasPlace: Bool {
        switch phase {
        case .inFlight, .failed: true
        case .waiting, .delivered: false
        }
    }

    var retry: WebhookRetry? {
        if case .failed(let retry) = phase { retry } else { nil }
    }
}
