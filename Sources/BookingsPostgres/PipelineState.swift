import Bookings
import DequeModule

/// What is under way on one connection: statements in their order, with the results that each still awaits.
struct PipelineState {
    private struct Pending {
        var parcel: StatementBatch
        /// When its callers are told to wait no longer; nil: they wait for what became of it.
        var givenUpAt: ContinuousClock.Instant?
        /// When the connection is taken for dead without its result: some time after the server would have ended it.
        let overdueAt: ContinuousClock.Instant
        /// The results of a preparation come before those of the statement.
        var isPreparing: Bool
        let endsBatch: Bool
        var outcome: Result<PostgresRows, PostgresError>?
    }

    enum Kind { case reads, writes }

    /// What became of a batch.
    enum BatchOutcome {
        case committed
        case failed(PostgresError)
    }

    /// After which the server ends a statement.
    static let longestStatement = Duration.seconds(10)
    private static let grace = Duration.seconds(2)

    private let kind: Kind
    private var pending: Deque<Pending> = []
    private var prepared: Set<String> = []
    /// What each transaction begins with; nil: the session keeps its settings, and prepared statements.
    private let opening: [PostgresStatement]?
    private var isBatchOpen = false
    /// How many at the front have their result and wait for the commit.
    private var answered = 0

    /// `opening`: what each transaction begins with where a pooler may give each another session; nil: no pooler.
    init(_ kind: Kind, opening: [PostgresStatement]? = nil) {
        self.kind = kind
        self.opening = opening
    }

    var isEmpty: Bool { pending.isEmpty }
    var count: Int { pending.count }
    /// Whether a statement has succeeded: the database is there and serves.
    private(set) var hasAnswered = false
    /// Set when the database said that this connection is of no use any more.
    private(set) var farewell: PostgresError?
    private var lastOutcome: BatchOutcome?
    /// How many syncs are still to come.
    private(set) var batches = 0
    /// When the next one is overdue, or its callers give up.
    var deadline: ContinuousClock.Instant? {
        guard var next = pending.first?.overdueAt else { return nil }
        for one in pending { next = min(next, one.givenUpAt ?? next) }
        return next
    }

    func isOverdue(at now: ContinuousClock.Instant) -> Bool { pending.first.map { $0.overdueAt <= now } ?? false }

    /// Tells the callers who wait no longer; the results are still to come, and go to nobody.
    mutating func letGo(at now: ContinuousClock.Instant) {
        for index in pending.indices where pending[index].givenUpAt.map({ $0 <= now }) ?? false {
            pending[index].givenUpAt = nil
            pending[index].parcel.abandon(.tooLate("the statement was not answered in time"))
        }
    }

    /// What became of the batch that ended last; nil when it was taken before.
    mutating func takeOutcome() -> BatchOutcome? {
        defer { lastOutcome = nil }
        return lastOutcome
    }

    mutating func send(
        _ parcel: StatementBatch, endingBatch: Bool, on handle: borrowing PostgresHandle
    ) throws(PostgresError) {
        let statement = parcel.statement
        // The jobs are the session's from here on, whatever fails below.
        let isNew = opening == nil && prepared.insert(statement.name).inserted
        let openings = isBatchOpen ? [] : opening ?? []
        for opening in openings { append(StatementBatch(opening), isPreparing: false, endsBatch: false) }
        append(parcel, isPreparing: isNew, endsBatch: endingBatch)
        isBatchOpen = !endingBatch
        for opening in openings { try handle.sendUnnamed(opening.sql, []) }
        if opening != nil {
            try handle.sendUnnamed(statement.sql, parcel.parameters)
        } else {
            if isNew { try handle.prepare(statement.name, statement.sql) }
            try handle.send(statement.name, parcel.parameters)
        }
        if endingBatch {
            try handle.sync()
            batches += 1
        }
    }

    private mutating func append(_ parcel: StatementBatch, isPreparing: Bool, endsBatch: Bool) {
        // A write may be committed as long as it is under way: its callers wait for the answer.
        pending.append(
            Pending(
                parcel: parcel, givenUpAt: kind == .reads ? parcel.deadline : nil,
                overdueAt: kind == .reads ? .now + Self.longestStatement + Self.grace : parcel.deadline + Self.grace,
                isPreparing: isPreparing, endsBatch: endsBatch))
    }

    /// Takes one result; at a sync the batch before it is committed, or none of it is.
    mutating func take(
        _ result: consuming PostgresResult, retry: (StatementRequest, PostgresError) -> Void
    ) {
        switch result.kind {
        case .sync: finishBatch(retry)
        case .rows:
            hasAnswered = hasAnswered || !pending[answered].parcel.jobs.isEmpty
            if pending[answered].isPreparing {
                pending[answered].isPreparing = false
            } else {
                pending[answered].outcome = .success(PostgresRows(result))
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
            if fault.endsConnection { farewell = fault }
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
        prepared.remove(pending[index].parcel.statement.name)
    }

    private mutating func finishBatch(_ retry: (StatementRequest, PostgresError) -> Void) {
        guard let last = pending.firstIndex(where: \.endsBatch) else { return }
        let batch = Array(pending.prefix(last + 1))
        pending.removeFirst(last + 1)
        batches -= 1
        answered = 0
        let faults = batch.compactMap { if case .failure(let fault) = $0.outcome { fault } else { nil } }
        let hasFailed = !faults.isEmpty
        // What failed first stopped the others.
        let first = faults.first { if case .again = $0 { false } else { true } } ?? faults.first
        lastOutcome = first.map { .failed($0) } ?? .committed
        // Retries go to the front, the last one first, so that their order stays.
        for one in batch.reversed() {
            switch one.outcome {
            case .success(let rows) where !hasFailed:
                for job in one.parcel.finish(rows) { retry(job, .locked(StatementRequest.rowIsHeld)) }
            // One of several is to blame: each shows by itself whether it is the one.
            case .failure(let fault) where one.parcel.jobs.count == 1 || !fault.isOfOne:
                for job in one.parcel.jobs.reversed() { retry(job, fault) }
            default:
                for job in one.parcel.jobs.reversed() { retry(job, .again("another of its batch failed")) }
            }
        }
    }

    /// The connection is gone: all that is under way is to be tried again.
    mutating func end(retry: (StatementRequest, PostgresError) -> Void) {
        for job in pending.reversed().flatMap({ $0.parcel.jobs.reversed() }) {
            retry(job, .lost("the connection was lost"))
        }
        pending = []
        answered = 0
        batches = 0
        isBatchOpen = false
    }
}
