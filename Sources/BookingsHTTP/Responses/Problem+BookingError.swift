import Bookings
import HTTPTypes

extension Problem {
    /// The only place where errors get their answers.
    init(_ error: BookingError) {
        switch error {
        case .notFound: self.init(.notFound, "There is no such booking.")
        case .forbidden: self.init(.forbidden, "The roles of this token do not allow this.")
        case .slotTaken(let blocking, let nextFree):
            self.init(.slotTaken, "The provider is not free in this time.")
            slots = (blocking, nextFree)
        case .illegalTransition(let refusal): self.init(.illegalTransition, Self.detail(of: refusal))
        case .preconditionFailed: self.init(.preconditionFailed, "The booking has another version than If-Match names.")
        case .requestInProgress:
            self.init(.requestInProgress, "A request with this idempotency key is still running.")
            headers[.retryAfter] = "1"
        case .idempotencyMismatch:
            self.init(.idempotencyMismatch, "This idempotency key was used with another body.")
        case .cursorTooOld: self.init(.gone, "Events after this cursor are no longer kept; begin without a cursor.")
        case .unavailable:
            self.init(.unavailable, "The service cannot reach its store; try again.")
            headers[.retryAfter] = "1"
        }
    }

    private static func detail(of refusal: IllegalTransition) -> String {
        switch refusal.reason {
        case .status: "A booking that is \(refusal.status.rawValue) does not allow \(refusal.action.rawValue)."
        case .notStarted: "A booking that has not started does not allow \(refusal.action.rawValue)."
        case .alreadyEnded: "A booking that has ended does not allow \(refusal.action.rawValue)."
        }
    }

    static func validation(_ faults: [ValidationError]) -> Problem {
        var problem = Problem(.validation, faults.count == 1 ? faults[0].detail : "\(faults.count) faults; see errors.")
        problem.faults = faults
        return problem
    }

    static func validation(_ pointer: String, _ detail: String) -> Problem {
        validation([ValidationError(pointer: pointer, detail: detail)])
    }
}
