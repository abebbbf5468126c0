/// The action is not open to a booking in this status, or at this time.
package struct IllegalTransition: Error, Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        case status
        case notStarted
        case alreadyEnded
    }

    package let action: ActionName
    package let status: BookingStatus
    package let reason: Reason
}

/// What an action makes of a booking.
package enum BookingTransition: Hashable, Sendable {
    /// A repeat of what was done before: nothing changes, no version, event or history.
    case unchanged
    case changed(Booking)
}

extension Booking {
    /// Decides an action, once for every store: the table of statuses in the contract.
    package func applying(_ action: BookingAction, at now: Timestamp) throws(IllegalTransition) -> BookingTransition {
        if isRepeat(action) { return .unchanged }
        if let reason = refusal(of: action, at: now) {
            throw IllegalTransition(action: action.name, status: status, reason: reason)
        }
        var next = self
        next.version += 1
        next.updatedAt = now
        switch action {
        case .confirm: next.status = .confirmed
        case .decline: next.status = .declined
        case .cancel: next.status = .cancelled
        case .complete: next.status = .completed
        case .noShow: next.status = .noShow
        case .reschedule(let slot):
            next.slot = slot
            next.timesVersion = next.version
        }
        return .changed(next)
    }

    private func isRepeat(_ action: BookingAction) -> Bool {
        switch action {
        case .confirm: status == .confirmed
        case .decline: status == .declined
        case .cancel: status == .cancelled
        case .complete: status == .completed
        case .noShow: status == .noShow
        case .reschedule(let slot): status.holdsSlot && slot == self.slot
        }
    }

    private func refusal(of action: BookingAction, at now: Timestamp) -> IllegalTransition.Reason? {
        switch action {
        case .confirm, .decline:
            guard status == .pending else { return .status }
            return now < slot.end ? nil : .alreadyEnded
        case .cancel, .reschedule:
            guard status.holdsSlot else { return .status }
            return now < slot.end ? nil : .alreadyEnded
        case .complete, .noShow:
            guard status == .confirmed else { return .status }
            return now >= slot.start ? nil : .notStarted
        }
    }
}
