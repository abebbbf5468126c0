import DequeModule

/// What is under way on one connection: statements in their order, with the results that each still awaits.
struct PostgresSession {
    private struct Pending {
        let job: PostgresJob
        /// The results of a preparation come before those of the statement.
        var isPreparing: Bool
        let endsBatch: Bool
        var outcome: Result<PostgresRows, PostgresFault>?
    }

    private var pending: Deque<Pending> = []
    private var prepared: Set<String> = []
    /// How many at the front have their result and wait for the commit.
    private var answered = 0

    var isEmpty: Bool { pending.isEmpty }
    var count: Int { pending.count }
    /// How many syncs are still to come.
    private(set) var batches = 0
    /// When the oldest one is overdue; some time after the server would have ended it.
    var deadline: ContinuousClock.Instant? { pending.first.map { $0.job.deadline + .seconds(2) } }

    mutating func send(
        _ job: PostgresJob, endingBatch: Bool, on handle: borrowing PostgresHandle
    ) throws(PostgresFault) {
        let isNew = prepared.insert(job.statement.name).inserted
        pending.append(Pending(job: job, isPreparing: isNew, endsBatch: endingBatch))
        if isNew { try handle.prepare(job.statement.name, job.statement.sql) }
        try handle.send(job.statement.name, job.parameters)
        if endingBatch {
            try handle.sync()
            batches += 1
        }
    }

    /// Takes one result; at a sync the batch before it is committed, or none of it is.
    mutating func take(
        _ result: consuming PostgresResult, retry: (PostgresJob, PostgresFault) -> Void
    ) {
        switch result.kind {
        case .sync: finishBatch(retry)
        case .rows:
            if pending[answered].isPreparing {
                pending[answered].isPreparing = false
            } else {
                pending[answered].outcome = .success(result.rows)
                answered += 1
            }
        case .aborted:
            if pending[answered].isPreparing {
                forget(answered)
                pending[answered].isPreparing = false
            } else {
                pending[answered].outcome = pending[answered].outcome ?? .failure(.again("another of its batch failed"))
                answered += 1
            }
        case .failed(let fault):
            pending[answered].outcome = .failure(fault)
            if pending[answered].isPreparing {
                forget(answered)
                pending[answered].isPreparing = false
            } else {
                answered += 1
            }
        }
    }

    private mutating func forget(_ index: Int) {
        prepared.remove(pending[index].job.statement.name)
    }

    private mutating func finishBatch(_ retry: (PostgresJob, PostgresFault) -> Void) {
        guard let last = pending.firstIndex(where: \.endsBatch) else { return }
        let batch = Array(pending.prefix(last + 1))
        pending.removeFirst(last + 1)
        batches -= 1
        answered = 0
        let hasFailed = batch.contains { if case .failure = $0.outcome { true } else { false } }
        // Retries go to the front, the last one first, so that their order stays.
        for one in batch.reversed() {
            switch one.outcome {
            case .success(let rows) where !hasFailed: one.job.finish(.success(rows))
            case .failure(let fault): retry(one.job, fault)
            default: retry(one.job, .again("another of its batch failed"))
            }
        }
    }

    /// The connection is gone: all that is under way is to be tried again.
    mutating func end(retry: (PostgresJob, PostgresFault) -> Void) {
        for one in pending.reversed() { retry(one.job, .lost("the connection was lost")) }
        pending = []
        answered = 0
        batches = 0
    }
}
