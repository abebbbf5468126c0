/// What can be done to a booking that exists.
package enum BookingAction: Hashable, Sendable {
    case confirm
    case decline
    case cancel
    case reschedule(to: TimeSlot)
    case complete
    case noShow

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

/// An entry of a booking's history says by this name what was done.
package enum ActionName: String, CaseIterable, Sendable {
    case create
    case confirm
    case decline
    case cancel
    case reschedule
    case complete
    case noShow = "no_show"

    /// The event that tells the world of the action.
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
