import Bookings
import HTTPTypes

extension Problem {
    /// Maps the errors of use cases to problems. The switch has no default, so that a new error must be mapped.
    init(_ error: BookingError) {
        switch error {
        case .notFound: self.init(.notFound, "The booking does not exist.")
        case .forbidden: self.init(.forbidden, "The roles of the token do not permit this operation.")
        case .slotTaken(let blocking, let nextFree):
            self.init(.slotTaken, "The provider has another booking in this time slot.")
            slots = (blocking, nextFree)
        case .illegalTransition(let refusal): self.init(.illegalTransition, Self.detail(of: refusal))
        case .preconditionFailed:
            self.init(.preconditionFailed, "The current version of the booking does not match If-Match.")
        case .requestInProgress:
            self.init(.requestInProgress, "Another request with this idempotency key is in progress.")
            headers[.retryAfter] = "1"
        case .idempotencyMismatch:
            self.init(.idempotencyMismatch, "The idempotency key was used with a different body.")
        case .cursorTooOld:
            self.init(.gone, "Events after this cursor are no longer available; start without a cursor.")
        case .unavailable:
            self.init(.unavailable, "The database is unavailable; try again.")
            headers[.retryAfter] = "1"
        }
    }

    /// Maps the errors of requests concerning webhooks.
    init(_ error: WebhookError) {
        switch error {
        case .notFound: self.init(.notFound, "The webhook does not exist.")
        case .forbidden: self.init(BookingError.forbidden)
        case .tooMany:
            self.init(.tooManyWebhooks, "The owner has \(WebhookEndpoint.maximumCount) webhooks already.")
        case .cursorTooOld: self.init(.gone, "Events after this cursor are no longer available.")
        case .unavailable(let cause): self.init(BookingError.unavailable(cause))
        }
    }

    /// Names the action and the state of the booking that does not allow it.
    private static func detail(of refusal: IllegalTransition) -> String {
        let action = refusal.action.rawValue
        return switch refusal.reason {
        case .status: "The action \(action) is not allowed for a booking with status \(refusal.status.rawValue)."
        case .notStarted: "The action \(action) is not allowed before the booking starts."
        case .alreadyEnded: "The action \(action) is not allowed after the booking has ended."
        }
    }

    /// The problem of an invalid request. `errors` must not be empty.
    static func validation(_ errors: [ValidationError]) -> Problem {
        let detail = errors.count == 1 ? errors[0].detail : "The request has \(errors.count) errors."
        var problem = Problem(.validation, detail)
        problem.errors = errors
        return problem
    }

    static func validation(_ pointer: String, _ detail: String) -> Problem {
        validation([ValidationError(pointer: pointer, detail: detail)])
    }
}
