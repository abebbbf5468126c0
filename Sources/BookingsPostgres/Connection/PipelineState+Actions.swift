extension PipelineState {
    /// A call of libpq.
    enum Command: Hashable, Sendable {
        case prepare(PostgresStatement)
        /// Executes a prepared statement.
        case execute(name: String, parameters: [String?])
        /// Executes a statement of which the session keeps nothing.
        case executeUnnamed(sql: String, parameters: [String?])
        /// Ends a transaction.
        case sync
    }

    /// What the database answered.
    enum Answer: Sendable {
        case rows(PostgresRows)
        case failed(PostgresError)
        /// The statement was skipped because one before it in its transaction failed.
        case aborted
        /// The transaction has ended.
        case sync
    }

    /// The result of one request.
    struct Completion: Sendable {
        let request: StatementRequest
        let result: Result<PostgresRows, PostgresError>
    }

    /// How a transaction ended.
    enum TransactionOutcome: Sendable {
        case committed
        /// The failure that aborted it.
        case failed(PostgresError)
    }

    /// What the connection has to do.
    enum Action: Sendable {
        case wait
        /// Complete the requests, or send them again where that can help.
        case complete([Completion])
        /// The same, for all requests of a transaction.
        case endTransaction(TransactionOutcome, [Completion])
        /// The connection cannot be used any more.
        case close(PostgresError)
    }
}
