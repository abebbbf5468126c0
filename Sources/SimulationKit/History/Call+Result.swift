import Bookings

extension History.Call {
    /// Returns the booking that this call leaves behind, for a call that was executed but whose answer was lost.
    ///
    /// A created booking is assumed to be pending: then it holds its slot, and no reminder is expected of it. Returns
    /// `nil` when the previous version is not known.
    func result(from previous: History.Row?, version: Int) -> History.Row? {
        switch kind {
        case .create:
            guard let booking, let provider, let requestedSlot else { return nil }
            return .init(
                id: booking, provider: provider, customer: nil, start: requestedSlot.start, end: requestedSlot.end,
                status: .pending, version: version)
        case .act(let action):
            guard let previous else { return nil }
            let slot = requestedSlot ?? previous.slot
            return .init(
                id: previous.id, provider: previous.provider, customer: previous.customer, start: slot.start,
                end: slot.end, status: action.resultingStatus ?? previous.status, version: version)
        case .read, .history, .list, .flawedToken: return nil
        }
    }
}

extension ActionName {
    /// The status after the action; `nil` when the action keeps it or the configuration decides.
    fileprivate var resultingStatus: BookingStatus? {
        switch self {
        case .create, .reschedule: nil
        case .confirm: .confirmed
        case .decline: .declined
        case .cancel: .cancelled
        case .complete: .completed
        case .noShow: .noShow
        }
    }
}
