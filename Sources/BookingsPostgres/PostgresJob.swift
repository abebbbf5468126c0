/// What a caller waits for, on its way through a connection.
struct PostgresJob: Sendable {
    enum Work: Sendable {
        case statement(PostgresStatement, [String?])
        case write(WriteColumns)
    }

    let work: Work
    let deadline: ContinuousClock.Instant
    var attempts = 0
    /// To be committed by itself, because it failed together with others.
    var isAlone = false
    let finish: @Sendable (Result<PostgresRows, PostgresFault>) -> Void

    static let mostAttempts = 8
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
