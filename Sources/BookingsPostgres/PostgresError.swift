import Bookings

/// What can go wrong with a statement, by its SQLSTATE (PostgreSQL's appendix A). The one place that knows the codes.
enum PostgresError: Error, Hashable, Sendable {
    /// The connection is gone or cannot be had: nothing is known of what was under way. To be sent again.
    case lost(String)
    /// The server or the session takes reads alone: a standby, a demoted primary. Another connection may reach the
    /// primary, so this one is given up and the statement sent again.
    case readOnly(String)
    /// A prepared statement is not there, or is there although it was not made here: something between this process and
    /// the server gives each transaction another session.
    case unprepared(String)
    /// The database asks to try again: serialization failure, deadlock, an exclusion that a look would have shown.
    case again(String)
    /// It took too long.
    case tooLate(String)
    /// Another transaction holds a lock that the statement needs.
    case locked(String)
    /// Disk, memory or connections are used up, or the system beneath fails. `reason` may be shown to anyone.
    case exhausted(reason: String, String)
    /// A table or function is missing: migrations are pending.
    case noSchema(String)
    /// Anything else: a defect.
    case refused(String)

    init(state: String, message: String) {
        let text = state.isEmpty ? message : "\(state) \(message)"
        switch state {
        case "40001", "40P01", "23P01": self = .again(text)
        case "57014": self = .tooLate(text)
        case "55P03": self = .locked(text)
        case "42P01", "42883", "3F000": self = .noSchema(text)
        case "25006": self = .readOnly(text)
        case "53100": self = .exhausted(reason: "disk full", text)
        case "26000", "42P05": self = .unprepared(text)
        // A connection that the server ends.
        case "25P03": self = .lost(text)
        default: self = Self.byClass(state.prefix(3), text)
        }
    }

    /// By the class of the state, which are its first two digits.
    private static func byClass(_ state: Substring, _ text: String) -> PostgresError {
        switch state.prefix(2) {
        case "": .lost(text)
        case "08": .lost(text)
        case "53": .exhausted(reason: "out of resources", text)
        case "58": .exhausted(reason: "input/output error", text)
        // 57P..: the server, the database or the session is being ended.
        case "57" where state == "57P": .lost(text)
        default: .refused(text)
        }
    }

    /// Whether the connection is of no use any more.
    var endsConnection: Bool {
        switch self {
        case .lost, .readOnly, .unprepared: true
        case .again, .tooLate, .locked, .exhausted, .noSchema, .refused: false
        }
    }

    var isWorthAnotherTry: Bool {
        switch self {
        case .lost, .readOnly, .unprepared, .again: true
        case .tooLate, .locked, .exhausted, .noSchema, .refused: false
        }
    }

    /// Whether one row can be the reason, so that others may do without it.
    var isOfOne: Bool {
        switch self {
        case .again, .locked, .refused: true
        case .lost, .readOnly, .unprepared, .tooLate, .exhausted, .noSchema: false
        }
    }

    /// Why the database takes no writes, in words that may be shown to anyone; nil: it says nothing of that.
    var refusalOfWrites: String? {
        switch self {
        case .readOnly: "read-only"
        case .exhausted(let reason, _): reason
        case .lost, .unprepared, .again, .tooLate, .locked, .noSchema, .refused: nil
        }
    }

    var storeError: StoreError {
        switch self {
        case .lost(let text), .readOnly(let text), .unprepared(let text), .again(let text), .tooLate(let text),
            .locked(let text), .exhausted(_, let text), .noSchema(let text):
            .unavailable(text)
        case .refused(let text): .corrupt(text)
        }
    }
}
