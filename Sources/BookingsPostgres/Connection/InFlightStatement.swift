/// A statement that was sent and whose transaction has not ended.
struct InFlightStatement {
    enum Phase {
        /// Its preparation was sent together with it. Exit: `executing`, whether or not the preparation succeeds.
        case preparing
        /// Its result is awaited. Exit: `executed`.
        case executing
        /// It has its result and waits for the end of its transaction, which says whether it was committed. Exit: it is
        /// removed, and its requests complete.
        case executed
    }

    var batch: StatementBatch
    var phase: Phase
    /// The failure of its preparation, later its result.
    var result: Result<PostgresRows, PostgresError>?
    /// When its callers give up before the result; `nil` means that they wait for it or have given up.
    var callerDeadline: ContinuousClock.Instant?
    /// When the connection counts as broken without the result.
    let answerDeadline: ContinuousClock.Instant
    /// Whether a sync was sent behind it.
    let endsTransaction: Bool

    /// Returns the result for its requests at the end of its transaction.
    func completion(isCommitted: Bool) -> PipelineState.Completion {
        switch result {
        case .success(let rows) where isCommitted: .init(batch: batch, result: .success(rows))
        // The failure belongs to a single request, or to all alike.
        case .failure(let error) where batch.requests.count == 1 || !error.isOfSingleRow:
            .init(batch: batch, result: .failure(error))
        // One of several requests caused it: sent again each by itself, they show which.
        case .success, .failure, nil: .init(batch: batch, result: .failure(.transactionAborted))
        }
    }
}

extension PostgresError {
    /// The statement itself did not fail, or it is not known which of its requests did.
    static let transactionAborted = transient("another statement of its transaction failed")
}
