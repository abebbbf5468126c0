/// An action on an existing booking, with its parameters. `Booking.applying` has its rules.
package enum BookingAction: Hashable, Sendable {
    case confirm
    case decline
    case cancel
    /// Moves the booking to another slot and leaves its status as it is.
    case reschedule(to: TimeSlot)
    case complete
    /// Records that the customer did not come.
    case noShow

    /// The name of the action, without its parameters.
    package var name: ActionName {
        switch self {
        case .confirm: .confirm
        case .decline: .decline
        case .cancel: .cancel
        case .reschedule: .reschedule
        case .complete: .complete
        case .noShow: .noShow
        }
    }
}

/// The name of an action, as routes and the history of a booking use it.
package enum ActionName: String, CaseIterable, Sendable {
    case create
    case confirm
    case decline
    case cancel
    case reschedule
    case complete
    case noShow = "no_show"

    /// The name of the event that the action causes.
    package var event: EventName {
        switch self {
        case .create: .created
        case .confirm: .confirmed
        case .decline: .declined
        case .cancel: .cancelled
        case .reschedule: .rescheduled
        case .complete: .completed
        case .noShow: .noShow
        }
    }
}
