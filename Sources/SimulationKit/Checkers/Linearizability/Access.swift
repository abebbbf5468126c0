import Bookings

/// What the rights of a caller allow it on a booking, as the table of the contract has them with `CUSTOMER_ACCESS=own`.
enum Access {
    case allowed
    /// The caller may see the booking, or could see one, but not do this (403).
    case forbidden
    /// For the caller the booking does not exist (404).
    case hidden

    init(_ call: History.Call, customer: String?, provider: ProviderID, _ history: History) {
        switch call.caller {
        case .admin: self = .allowed
        case .provider: self = history.maySee(call.caller, provider: provider, customer: customer) ? .allowed : .hidden
        case .customer:
            // Customers act on no booking, but cancel their own.
            if case .act(let action) = call.kind, action != .cancel {
                self = .forbidden
            } else {
                self = customer == call.caller.description ? .allowed : .hidden
            }
        case .world: self = .hidden
        }
    }
}
