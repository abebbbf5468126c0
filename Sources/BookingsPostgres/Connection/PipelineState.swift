import DequeModule

/// What is in flight on one connection: the statements in the order in which they were sent, each with the results that
/// it still awaits.
///
/// libpq's pipeline mode (PostgreSQL's manual, "Pipeline Mode") answers statements in their order. All statements up to
/// a sync message form one transaction: it is committed as a whole, or the first failure aborts what follows.
///
/// The state is pure: it reads no clock and does no I/O. `PostgresConnection` performs the commands and actions.
struct PipelineState {
    typealias Instant = ContinuousClock.Instant

    /// After this time the server ends a statement.
    static let statementTimeout = Duration.seconds(10)
    /// How much longer than the server's timeout the answer may take.
    private static let gracePeriod = Duration.seconds(2)

    private let role: ConnectionRole
    /// The statements that each transaction begins with behind a pooler; `nil` means that the session is this
    /// connection's own and keeps settings and prepared statements.
    private let transactionSettings: [PostgresStatement]?
    private var inFlight: Deque<InFlightStatement> = []
    /// The number of statements at the front that are `executed`.
    private var executedCount = 0
    /// Statements whose preparation was sent and has not failed.
    private var prepared: Set<String> = []
    /// Statements whose preparation has succeeded.
    private var confirmed: Set<String> = []
    /// The number of transactions whose sync has not come.
    private var openTransactions = 0
    /// Whether a request has succeeded: the database can be reached and works.
    private(set) var hasAnswered = false

    /// Creates the state of a new connection.
    ///
    /// - Parameter isPooled: whether a pooler may give each transaction another session.
    init(_ role: ConnectionRole, isPooled: Bool = false) {
        self.role = role
        transactionSettings = isPooled ? role.settings.transactionSettings : nil
    }

    /// Whether no result is awaited.
    var isEmpty: Bool { inFlight.isEmpty }

    /// Whether another transaction may be sent.
    var canSend: Bool { openTransactions < role.maximumTransactions }

    /// When `expire` has to be called; `nil` means that nothing is in flight.
    var nextDeadline: Instant? {
        inFlight.reduce(inFlight.first?.answerDeadline) { next, statement in
            next.map { min($0, statement.callerDeadline ?? $0) }
        }
    }

    // MARK: - Sending

    /// Takes requests into flight and returns the calls that send them.
    ///
    /// They are in flight from here on, even when a call fails: `connectionEnded` returns them.
    mutating func send(_ requests: [StatementRequest], at now: Instant) -> [Command] {
        let batches = StatementBatch.combining(requests)
        var commands: [Command] = []
        var isTransactionOpen = false
        for (index, batch) in batches.enumerated() {
            let isLast = index == batches.count - 1 || batch.isIsolated || batches[index + 1].isIsolated
            if !isTransactionOpen { beginTransaction(&commands, at: now) }
            send(batch, endsTransaction: isLast, &commands, at: now)
            isTransactionOpen = !isLast
        }
        return commands
    }

    private mutating func beginTransaction(_ commands: inout [Command], at now: Instant) {
        for statement in transactionSettings ?? [] {
            let batch = StatementBatch(settings: statement, deadline: now + Self.statementTimeout)
            append(batch, .executing, endsTransaction: false, at: now)
            commands.append(.executeUnnamed(sql: statement.sql, parameters: []))
        }
    }

    private mutating func send(
        _ batch: StatementBatch, endsTransaction: Bool, _ commands: inout [Command], at now: Instant
    ) {
        let (statement, parameters) = (batch.statement, batch.parameters)
        let isNew = transactionSettings == nil && prepared.insert(statement.name).inserted
        append(batch, isNew ? .preparing : .executing, endsTransaction: endsTransaction, at: now)
        if isNew { commands.append(.prepare(statement)) }
        if transactionSettings == nil {
            commands.append(.execute(name: statement.name, parameters: parameters))
        } else {
            commands.append(.executeUnnamed(sql: statement.sql, parameters: parameters))
        }
        guard endsTransaction else { return }
        commands.append(.sync)
        openTransactions += 1
    }

    private mutating func append(
        _ batch: StatementBatch, _ phase: InFlightStatement.Phase, endsTransaction: Bool, at now: Instant
    ) {
        // A write may be committed as long as it is in flight: its callers wait for the answer beyond their deadline.
        let waits = role.kind == .writes
        inFlight.append(
            InFlightStatement(
                batch: batch, phase: phase, callerDeadline: waits ? nil : batch.deadline,
                answerDeadline: (waits ? batch.deadline : now + Self.statementTimeout) + Self.gracePeriod,
                endsTransaction: endsTransaction))
    }

    // MARK: - Results

    /// Takes the next answer of the database.
    mutating func receive(_ answer: Answer) -> Action {
        switch answer {
        case .sync: return endTransaction()
        case .rows(let rows): receiveRows(rows)
        case .aborted: receiveFailure(.transactionAborted)
        case .failed(let error):
            let error = interpret(error)
            if error.endsConnection { return .close(error) }
            receiveFailure(error)
        }
        return .wait
    }

    private mutating func receiveRows(_ rows: PostgresRows) {
        let statement = inFlight[executedCount]
        hasAnswered = hasAnswered || !statement.batch.requests.isEmpty
        guard statement.phase == .preparing else { return finishStatement(.success(rows)) }
        confirmed.insert(statement.batch.statement.name)
        inFlight[executedCount].phase = .executing
    }

    private mutating func receiveFailure(_ error: PostgresError) {
        guard inFlight[executedCount].phase == .preparing else {
            // When the preparation failed, that is the reason.
            return finishStatement(inFlight[executedCount].result ?? .failure(error))
        }
        prepared.remove(inFlight[executedCount].batch.statement.name)
        inFlight[executedCount].result = .failure(error)
        inFlight[executedCount].phase = .executing
    }

    private mutating func finishStatement(_ result: Result<PostgresRows, PostgresError>) {
        inFlight[executedCount].result = result
        inFlight[executedCount].phase = .executed
        executedCount += 1
    }

    /// A transaction may be sent before it is known that the preparation in the one before was aborted. Its statement
    /// is then missing although no pooler changes sessions.
    private func interpret(_ error: PostgresError) -> PostgresError {
        guard case .unprepared(let message) = error, inFlight[executedCount].phase == .executing,
            !confirmed.contains(inFlight[executedCount].batch.statement.name)
        else { return error }
        return .transient(message)
    }

    private mutating func endTransaction() -> Action {
        guard let last = inFlight.firstIndex(where: \.endsTransaction) else { return .wait }
        let errors = inFlight[...last].compactMap { if case .failure(let error) = $0.result { error } else { nil } }
        let completions = inFlight[...last].map { $0.completion(isCommitted: errors.isEmpty) }
        inFlight.removeFirst(last + 1)
        openTransactions -= 1
        executedCount = 0
        // Statements that were only aborted say nothing about the reason.
        let reason = errors.first { if case .transient = $0 { false } else { true } } ?? errors.first
        return .endTransaction(reason.map { .failed($0) } ?? .committed, completions)
    }

    // MARK: - Deadlines and the end

    /// Returns what the deadlines that have passed demand. Call it until it returns `wait`.
    mutating func expire(at now: Instant) -> Action {
        var expired: [Completion] = []
        for index in inFlight.indices where inFlight[index].callerDeadline.map({ $0 <= now }) ?? false {
            let error = PostgresError.timeout("the statement was not answered in time")
            expired.append(Completion(batch: inFlight[index].batch, result: .failure(error)))
            // The result is still to come, and is discarded.
            inFlight[index].callerDeadline = nil
            inFlight[index].batch.removeRequests()
        }
        if !expired.isEmpty { return .complete(expired) }
        guard let first = inFlight.first, first.answerDeadline <= now else { return .wait }
        return .close(.lost("a statement was not answered in time"))
    }

    /// Returns the requests in flight: nothing is known of what became of them.
    mutating func connectionEnded() -> [Completion] {
        defer { (inFlight, executedCount, openTransactions) = ([], 0, 0) }
        return inFlight.map { Completion(batch: $0.batch, result: .failure(.lost("the connection was lost"))) }
    }
}
