import Bookings

/// What the database answered instead of a result, by its SQLSTATE (PostgreSQL's manual, appendix A).
///
/// This is the only place where the codes are interpreted. The strings are for the log, except for a `reason`, which
/// may be shown to anyone.
enum PostgresError: Error, Hashable, Sendable {
    /// The connection is lost or cannot be opened. It is unknown what became of what was in flight.
    case lost(String)
    /// The server or the session accepts only reads: a standby, or a primary that was demoted. Another connection may
    /// reach the primary, so this one is closed and the statement sent again.
    case readOnly(String)
    /// A prepared statement is missing, or exists although it was not made on this connection: a pooler between this
    /// process and the server gives each transaction another session.
    case unprepared(String)
    /// The statement may succeed when it is sent again: a serialization failure, a deadlock, or an exclusion constraint
    /// that an earlier look would have reported.
    case transient(String)
    /// The statement took too long, or waited too long to be sent.
    case timeout(String)
    /// The statement needs a lock that another transaction has held for longer than `lock_timeout`.
    case lockTimeout(String)
    /// A write changed nothing because another transaction has locked the booking's row.
    case rowLocked
    /// Disk, memory or connections are used up, or the operating system reports an error.
    case outOfResources(reason: String, String)
    /// A table or function is missing: migrations are pending.
    case schemaMissing(String)
    /// Any other error: a defect.
    case refused(String)

    /// Creates the error for an SQLSTATE; an empty one means that libpq itself failed.
    init(state: String, message: String) {
        let line = state.isEmpty ? message : "\(state) \(message)"
        switch state {
        // Serialization failure, deadlock, exclusion violation.
        case "40001", "40P01", "23P01": self = .transient(line)
        case "57014": self = .timeout(line)
        case "55P03": self = .lockTimeout(line)
        case "42P01", "42883", "3F000": self = .schemaMissing(line)
        case "25006": self = .readOnly(line)
        case "53100": self = .outOfResources(reason: "disk full", line)
        case "26000", "42P05": self = .unprepared(line)
        // The server ended an idle transaction's connection.
        case "25P03": self = .lost(line)
        default: self = Self.byClass(state, line)
        }
    }

    /// Returns the error for the class of the SQLSTATE, which are its first two characters.
    private static func byClass(_ state: String, _ line: String) -> PostgresError {
        switch state.prefix(2) {
        case "", "08": .lost(line)
        case "53": .outOfResources(reason: "out of resources", line)
        case "58": .outOfResources(reason: "input/output error", line)
        // The server, the database or the session is shutting down.
        case "57" where state.hasPrefix("57P"): .lost(line)
        default: .refused(line)
        }
    }

    /// Whether the connection cannot be used any more.
    var endsConnection: Bool {
        switch self {
        case .lost, .readOnly, .unprepared: true
        case .transient, .timeout, .lockTimeout, .rowLocked, .outOfResources, .schemaMissing, .refused: false
        }
    }

    /// Whether the statement may succeed when it is sent again, on this connection or another.
    var isRetryable: Bool {
        switch self {
        case .lost, .readOnly, .unprepared, .transient, .rowLocked: true
        case .timeout, .lockTimeout, .outOfResources, .schemaMissing, .refused: false
        }
    }

    /// Whether a single row can be the reason, so that other requests of the statement succeed without it.
    var isOfSingleRow: Bool {
        switch self {
        case .transient, .lockTimeout, .rowLocked, .refused: true
        case .lost, .readOnly, .unprepared, .timeout, .outOfResources, .schemaMissing: false
        }
    }

    /// Why the database accepts no writes, in words that may be shown to anyone; `nil` means that the error does not
    /// say so.
    var writeRefusalReason: String? {
        switch self {
        case .readOnly: "read-only"
        case .outOfResources(let reason, _): reason
        case .lost, .unprepared, .transient, .timeout, .lockTimeout, .rowLocked, .schemaMissing, .refused: nil
        }
    }

    /// The error as callers of the store see it: only a defect is `corrupt`.
    var storeError: StoreError {
        switch self {
        case .lost(let line), .readOnly(let line), .unprepared(let line), .transient(let line), .timeout(let line),
            .lockTimeout(let line), .outOfResources(_, let line), .schemaMissing(let line):
            .unavailable(line)
        case .rowLocked: .unavailable("another transaction holds the booking's row")
        case .refused(let line): .corrupt(line)
        }
    }
}
