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

    /// The result of one statement, for all of its requests.
    struct Completion: Sendable {
        let batch: StatementBatch
        let result: Result<PostgresRows, PostgresError>

        /// Calls the closure with each request and its own result.
        func forEachRequest(_ body: (StatementRequest, Result<PostgresRows, PostgresError>) -> Void) {
            switch result {
            case .success(let rows): batch.distribute(rows, body)
            case .failure(let error): for request in batch.requests { body(request, .failure(error)) }
            }
        }
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
        /// Complete the requests of these statements, or send them again where that can help.
        case complete([Completion])
        /// The same, for all statements of a transaction.
        case endTransaction(TransactionOutcome, [Completion])
        /// The connection cannot be used any more.
        case close(PostgresError)
    }
}
