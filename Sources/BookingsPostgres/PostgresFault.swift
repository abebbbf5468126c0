import Bookings

/// What can go wrong with a statement, by its SQLSTATE (PostgreSQL's appendix A). The one place that knows the codes.
enum PostgresFault: Error, Hashable, Sendable {
    /// The connection is gone or cannot be had: nothing is known of what was under way. To be sent again.
    case lost(String)
    /// The database asks to try again: serialization failure, deadlock, an exclusion that a look would have shown.
    case again(String)
    /// It took too long.
    case tooLate(String)
    /// A table or function is missing: migrations are pending.
    case noSchema(String)
    /// Anything else: a defect.
    case refused(String)

    init(state: String, message: String) {
        let text = state.isEmpty ? message : "\(state) \(message)"
        switch state {
        case "40001", "40P01", "23P01": self = .again(text)
        case "57014", "55P03", "53300", "53400": self = .tooLate(text)
        case "42P01", "42883", "3F000": self = .noSchema(text)
        case "57P01", "57P02", "57P03", "25006": self = .lost(text)
        default: self = state.isEmpty || state.hasPrefix("08") ? .lost(text) : .refused(text)
        }
    }

    var isWorthAnotherTry: Bool {
        switch self {
        case .lost, .again: true
        case .tooLate, .noSchema, .refused: false
        }
    }

    var storeError: StoreError {
        switch self {
        case .lost(let text), .again(let text), .tooLate(let text), .noSchema(let text): .unavailable(text)
        case .refused(let text): .corrupt(text)
        }
    }
}
