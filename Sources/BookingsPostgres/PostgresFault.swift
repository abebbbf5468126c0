import Bookings

/// What can go wrong with a statement, by its SQLSTATE (PostgreSQL's appendix A). The one place that knows the codes.
enum PostgresFault: Error, Hashable, Sendable {
    /// The connection is gone or cannot be had: nothing is known of what was under way. To be sent again.
    case lost(String)
    /// The database asks to try again: serialization failure, deadlock, an exclusion that a look would have shown.
    case again(String)
    /// It took too long, or the database has no room for it.
    case tooLate(String)
    /// A table or function is missing: migrations are pending.
    case noSchema(String)
    /// Anything else: a defect.
    case refused(String)

    init(state: String, message: String) {
        let text = state.isEmpty ? message : "\(state) \(message)"
        switch state {
        case "40001", "40P01", "23P01": self = .again(text)
        case "57014", "55P03": self = .tooLate(text)
        case "42P01", "42883", "3F000": self = .noSchema(text)
        // A standby, and a connection that the server ends: another one may be better.
        case "25006", "25P03": self = .lost(text)
        default: self = Self.byClass(state.prefix(3), text)
        }
    }

    /// By the class of the state, which are its first two digits.
    private static func byClass(_ state: Substring, _ text: String) -> PostgresFault {
        switch state.prefix(2) {
        case "": .lost(text)
        case "08": .lost(text)
        // Disk, memory or connections are used up; the system beneath fails.
        case "53", "58": .tooLate(text)
        // 57P..: the server, the database or the session is being ended.
        case "57" where state == "57P": .lost(text)
        default: .refused(text)
        }
    }

    var isWorthAnotherTry: Bool {
        switch self {
        case .lost, .again: true
        case .tooLate, .noSchema, .refused: false
        }
    }

    /// Whether one row can be the reason, so that others may do without it.
    var isOfOne: Bool {
        switch self {
        case .again, .refused: true
        case .lost, .tooLate, .noSchema: false
        }
    }

    var storeError: StoreError {
        switch self {
        case .lost(let text), .again(let text), .tooLate(let text), .noSchema(let text): .unavailable(text)
        case .refused(let text): .corrupt(text)
        }
    }
}
