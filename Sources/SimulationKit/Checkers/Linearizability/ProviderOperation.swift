import Bookings

/// An operation on the bookings of one provider, with the answer that its place in the order must explain.
struct ProviderOperation {
    /// What an order must explain.
    enum Outcome {
        /// A booking was created.
        case created(BookingID, ProviderState.Entry)
        /// A create, or the reschedule of a booking, was refused.
        case conflict(BookingID?, Wish, blocking: TimeSlot, nextFree: TimeSlot)
        /// An action was executed, or it repeated one; the booking was shown.
        case changed(BookingID, Wish, ProviderState.Entry)
        /// The status or the time of the booking did not allow the action.
        case illegal(BookingID, Wish)
        /// `If-Match` named another version.
        case preconditionFailed(BookingID, Wish)
        /// The booking was shown, or it was said to have this version: by its history, or as unchanged.
        case shown(BookingID, ProviderState.Entry)
        case versionShown(BookingID, Int)
        /// There was no such booking.
        case absent(BookingID)
        /// A list was shown.
        case listed(ListedRows)
        /// The rights of the caller do not allow this answer, wherever it stands.
        case impossible
    }

    /// What an action asks for.
    struct Wish {
        let action: ActionName
        let slot: TimeSlot?
        /// The version of `If-Match`.
        let match: Int?
        /// The instants between which the service decided.
        let instants: ClosedRange<Timestamp>
    }

    /// As reports name it: the request and its answer.
    let name: String
    let outcome: Outcome
    /// The sequence number of the sending.
    let invoked: Int
    /// The sequence number by which it was executed; `Int.max` when that is not known.
    let returned: Int
}

/// The rows of one provider in a list.
struct ListedRows {
    let shown: [BookingID: ProviderState.Entry]
    let list: BookingList
    let instant: Timestamp
    /// Whether the list has no other rows of the provider.
    let isComplete: Bool

    /// Whether the list is that of the state. Near its end a booking may be upcoming or past.
    func isOf(_ state: ProviderState, margin: Duration) -> Bool {
        guard shown.allSatisfy({ state.bookings[$0.key] == $0.value && belongs($0.value, margin) }) else {
            return false
        }
        return !isComplete
            || state.bookings.allSatisfy { shown[$0.key] != nil || !belongs($0.value, .zero - margin) }
    }

    private func belongs(_ entry: ProviderState.Entry, _ margin: Duration) -> Bool {
        switch list {
        case .all: true
        case .upcoming: entry.status.isListed && entry.slot.end > instant - margin
        case .past: entry.status.isListed && entry.slot.end <= instant + margin
        }
    }
}

extension ProviderOperation {
    /// Executes the operation. Returns `nil` when its answer does not fit the state, else what it changed.
    func execute(on state: inout ProviderState) -> Change? {
        switch outcome {
        case .created(let id, let entry):
            guard state.bookings[id] == nil, state.conflict(with: entry.slot, ignoring: nil) == nil else { return nil }
            return Change(id, before: state.set(id, entry))
        case .changed(let id, let wish, let entry): return change(id, wish, entry, &state)
        default: return isExplained(by: state) ? Change.nothing : nil
        }
    }

    /// What an operation changed in the state.
    struct Change {
        let booking: BookingID?
        let before: ProviderState.Entry?

        static let nothing = Change(nil, before: nil)

        init(_ booking: BookingID?, before: ProviderState.Entry?) {
            self.booking = booking
            self.before = before
        }

        func undo(in state: inout ProviderState) { if let booking { state.set(booking, before) } }
    }

    private func change(
        _ id: BookingID, _ wish: Wish, _ entry: ProviderState.Entry, _ state: inout ProviderState
    ) -> Change? {
        guard let current = state.bookings[id], wish.permits(current) else { return nil }
        if wish.isRepeat(of: current) { return current == entry ? Change.nothing : nil }
        guard wish.isAllowed(for: current), wish.result(of: current) == entry,
            !entry.status.holdsSlot || state.conflict(with: entry.slot, ignoring: id) == nil
        else { return nil }
        return Change(id, before: state.set(id, entry))
    }

    private func isExplained(by state: ProviderState) -> Bool {
        switch outcome {
        case .conflict(let id, let wish, let blocking, let nextFree):
            guard let slot = wish.slot, id.map({ isMovable($0, wish, state) }) ?? true,
                let conflict = state.conflict(with: slot, ignoring: id)
            else { return false }
            return conflict == (blocking, nextFree)
        case .illegal(let id, let wish):
            guard let current = state.bookings[id], wish.permits(current) else { return false }
            return !wish.isRepeat(of: current) && wish.isRefused(for: current)
        case .preconditionFailed(let id, let wish): return state.bookings[id].map { !wish.permits($0) } ?? false
        case .shown(let id, let entry): return state.bookings[id] == entry
        case .versionShown(let id, let version): return state.bookings[id]?.version == version
        case .absent(let id): return state.bookings[id] == nil
        case .listed(let rows): return rows.isOf(state, margin: FirstPage.margin)
        case .created, .changed, .impossible: return false
        }
    }

    private func isMovable(_ id: BookingID, _ wish: Wish, _ state: ProviderState) -> Bool {
        state.bookings[id].map { wish.permits($0) && !wish.isRepeat(of: $0) && wish.isAllowed(for: $0) } ?? false
    }
}
