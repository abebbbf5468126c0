import Bookings

/// What a caller waits for, on its way through a connection.
///
/// `@unchecked Sendable`: what changes is touched on the connection's thread alone.
final class StatementRequest: @unchecked Sendable {
    enum Work: Sendable {
        case statement(PostgresStatement, [String?])
        case lookUp(BatchedLookup)
        case write(WriteColumns)
    }

    let work: Work
    let deadline: ContinuousClock.Instant
    var attempts = 0
    /// Not to be sent before; nil: at once.
    var notBefore: ContinuousClock.Instant?
    /// When it is no longer waited for a row that another transaction holds; nil: none was met.
    var lockedUntil: ContinuousClock.Instant?
    /// To be committed by itself, because it failed together with others.
    var isAlone = false
    let finish: @Sendable (Result<PostgresRows, PostgresError>) -> Void

    static let mostAttempts = 8
    /// How long a row that another transaction holds is waited for, and how often it is looked at meanwhile.
    static let lockPatience = Duration.seconds(2)
    static let rowIsHeld = "another transaction holds the booking's row"
    static let lockPause = Duration.milliseconds(50)

    init(
        work: Work, deadline: ContinuousClock.Instant, isAlone: Bool = false,
        finish: @escaping @Sendable (Result<PostgresRows, PostgresError>) -> Void
    ) {
        self.work = work
        self.deadline = deadline
        self.isAlone = isAlone
        self.finish = finish
    }
}

/// Asks for at most one row. What several callers look up with one statement goes out as one.
struct BatchedLookup: Sendable {
    /// Its parameters are arrays, with an element for each caller; the last column is the caller's number, from 1.
    /// Without parameters all callers get the same row.
    let statement: PostgresStatement
    let keys: [String?]

    init(_ statement: PostgresStatement, _ keys: [String?] = []) {
        self.statement = statement
        self.keys = keys
    }
}

/// A prepared statement: its name on every connection, and its text.
struct PostgresStatement: Sendable {
    let name: String
    let sql: String

    init(_ name: String, _ sql: String) {
        self.name = name
        self.sql = sql
    }
}
