/// The error for an action that the status or the time of a booking does not allow.
package struct IllegalTransition: Error, Hashable, Sendable {
    /// What does not allow the action.
    package enum Reason: Hashable, Sendable {
        /// The status of the booking.
        case status
        /// The time: the slot has not begun.
        case notStarted
        /// The time: the slot is over.
        case alreadyEnded
    }

    /// The action that was refused.
    package let action: ActionName
    /// The status of the booking.
    package let status: BookingStatus
    /// What does not allow the action.
    package let reason: Reason
}

/// The result of an allowed action.
package enum BookingTransition: Hashable, Sendable {
    /// The booking is already as the action would make it: no new version, no event, no entry in the history.
    case unchanged
    /// The booking in its next version.
    case changed(Booking)
}

extension Booking {
    /// Decides an action by the status table of the API contract. Every store uses this decision.
    ///
    /// - Returns: The next version, or `unchanged` for the repetition of an action.
    /// - Throws: The reason why the action is not allowed.
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

    /// Returns whether the booking is already as the action would make it.
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

    /// Returns why the action is not allowed, or `nil` when it is.
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
