import Bookings

/// The table of statuses and actions, as the contract has it, written independently of the service.
extension ProviderOperation.Wish {
    func permits(_ entry: ProviderState.Entry) -> Bool { match.map { $0 == entry.version } ?? true }

    /// Whether the booking is already as the action would make it.
    func isRepeat(of entry: ProviderState.Entry) -> Bool {
        if action == .reschedule { return entry.status.holdsSlot && slot == entry.slot }
        return entry.status == target
    }

    /// Whether the action is allowed at an instant at which the service may have decided.
    func isAllowed(for entry: ProviderState.Entry) -> Bool {
        isAllowed(for: entry, at: instants.lowerBound) || isAllowed(for: entry, at: instants.upperBound)
    }

    func isRefused(for entry: ProviderState.Entry) -> Bool {
        !isAllowed(for: entry, at: instants.lowerBound) || !isAllowed(for: entry, at: instants.upperBound)
    }

    private func isAllowed(for entry: ProviderState.Entry, at now: Timestamp) -> Bool {
        switch action {
        case .confirm, .decline: entry.status == .pending && now < entry.slot.end
        case .cancel, .reschedule: entry.status.holdsSlot && now < entry.slot.end
        case .complete, .noShow: entry.status == .confirmed && now >= entry.slot.start
        case .create: false
        }
    }

    /// The booking after an action that was allowed.
    func result(of entry: ProviderState.Entry) -> ProviderState.Entry {
        var next = entry
        next.version += 1
        next.status = target ?? entry.status
        if action == .reschedule, let slot { next.slot = slot }
        return next
    }

    private var target: BookingStatus? {
        switch action {
        case .confirm: .confirmed
        case .decline: .declined
        case .cancel: .cancelled
        case .complete: .completed
        case .noShow: .noShow
        case .create, .reschedule: nil
        }
    }
}
