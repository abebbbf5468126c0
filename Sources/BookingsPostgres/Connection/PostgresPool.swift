import Bookings
import Logging
import ServiceLifecycle

/// The connections of one replica: one for short reads, one for lists, two for long lists, one for writes and one for work
/// in parts.
///
/// Few connections with full transactions: each wake-up of a thread and each statement carries what many callers asked
/// for. All writers meet at the lock of the event log, so a second connection for writes would only wait for the first;
/// what waits behind a commit is sent together with the next one. A long list delays no short read and no short list, and
/// neither the deletion of what has expired nor the search through a full calendar delays a write.
package final class PostgresPool: Service {
    /// How long a caller waits at most, all attempts together.
    static let timeout = Duration.seconds(10)
    /// How long a health probe waits, whose own answer is due within 2 s.
    static let probeTimeout = Duration.milliseconds(1500)

    private let reader: PostgresConnection
    private let lister: PostgresConnection
    private let longLists: LongLists
    private let writer: PostgresConnection
    private let partWorker: PostgresConnection
    private let health: PostgresHealth

    /// Connects in the background. `url` is anything that `PostgresURL.problem(in:)` accepts.
    package init(url: String, identifiers: any IdentifierSource, logger: Logger) {
        let jitter: @Sendable () -> Double = { identifiers.jitter(key: "postgres") }
        health = PostgresHealth(logger: logger)
        reader = PostgresConnection(url: url, role: .reads, health: health, jitter: jitter)
        lister = PostgresConnection(url: url, role: .lists, health: health, jitter: jitter)
        longLists = LongLists { [health] in
            PostgresConnection(url: url, role: .longLists, health: health, jitter: jitter)
        }
        writer = PostgresConnection(url: url, role: .writes, health: health, jitter: jitter)
        partWorker = PostgresConnection(url: url, role: .parts, health: health, jitter: jitter)
        // Reads succeed on a server that is no primary any more: their connections do not notice.
        let reconnect: @Sendable () -> Void = { [weak reader, weak lister, weak longLists, weak partWorker] in
            for connection in [reader, lister, partWorker] { connection?.reconnect() }
            for connection in longLists?.connections ?? [] { connection.reconnect() }
        }
        health.onReadOnly.withLock { $0 = reconnect }
    }

    private var connections: [PostgresConnection] { [reader, lister, writer, partWorker] + longLists.connections }

    deinit {
        stop()
    }

    /// Keeps the connections until a graceful shutdown begins; they are closed with the last reference to the pool.
    package func run() async throws {
        try? await gracefulShutdown()
    }

    func stop() {
        for connection in connections { connection.stop() }
    }

    // MARK: - Statements

    /// Executes a short read.
    func read(
        _ statement: PostgresStatement, _ parameters: [String?], timeout: Duration = timeout
    ) async throws(StoreError) -> PostgresRows {
        try await Self.perform(.statement(statement, parameters), on: reader, timeout: timeout)
    }

    /// Executes a lookup, together with others that wait; returns its row or none.
    func lookUp(_ lookup: BatchedLookup) async throws(StoreError) -> PostgresRows {
        try await Self.perform(.lookup(lookup), on: reader)
    }

    /// Executes a list of an owner, whose work grows with what it finds.
    ///
    /// It is tried on the connection that all owners share, unless it took long lately. There it may take a short time;
    /// a longer one waits until the owner has a turn on a connection for long lists.
    func list(
        _ statement: PostgresStatement, _ parameters: [String?], of owner: BookingScope
    ) async throws(StoreError) -> PostgresRows {
        let work = StatementRequest.Work.statement(statement, parameters)
        let deadline = ContinuousClock.now + Self.timeout
        if !longLists.isLong(statement, of: owner) {
            do throws(PostgresError) {
                return try await Self.result(of: work, deadline: deadline) { [lister] in lister.submit($0) }
            } catch {
                guard case .timeout = error, ContinuousClock.now < deadline else { throw error.storeError }
                longLists.note(statement, of: owner)
            }
        }
        do throws(PostgresError) {
            return try await Self.result(of: work, deadline: deadline) { [longLists] request in
                longLists.submit(request, statement, owner: owner)
                return true
            }
        } catch {
            throw error.storeError
        }
    }

    /// Executes a part of long work: a statement of about 20 ms at most, in a transaction of its own.
    func part(_ statement: PostgresStatement, _ parameters: [String?]) async throws(StoreError) -> PostgresRows {
        try await Self.perform(.statement(statement, parameters), on: partWorker)
    }

    /// Executes a statement that changes something.
    func write(_ statement: PostgresStatement, _ parameters: [String?]) async throws(StoreError) -> PostgresRows {
        try await Self.perform(.statement(statement, parameters), on: writer)
    }

    /// Executes a write, together with others that wait; returns one row of type `write_outcome`.
    func write(_ write: WriteColumns) async throws(StoreError) -> PostgresRows {
        try await Self.perform(.write(write), on: writer)
    }

    private static func perform(
        _ work: StatementRequest.Work, on connection: PostgresConnection, timeout: Duration = timeout
    ) async throws(StoreError) -> PostgresRows {
        do throws(PostgresError) {
            return try await result(of: work, deadline: .now + timeout) { connection.submit($0) }
        } catch {
            throw error.storeError
        }
    }

    /// - Parameter submit: Queues the request; returns `false` when it is rejected.
    private static func result(
        of work: StatementRequest.Work, deadline: ContinuousClock.Instant, submit: (StatementRequest) -> Bool
    ) async throws(PostgresError) -> PostgresRows {
        let result = await withCheckedContinuation { continuation in
            let request = StatementRequest(
                work: work, deadline: deadline, completion: { continuation.resume(returning: $0) })
            if !submit(request) {
                continuation.resume(returning: .failure(.timeout("too many statements wait for the database")))
            }
        }
        return try result.get()
    }

    // MARK: - Health

    /// Throws unless the database answers and, as far as is known, accepts writes.
    ///
    /// After a write was refused there may be no other writes that show the recovery: the probe then writes itself, as
    /// much as shows whether there is room again.
    func ping() async throws(StoreError) {
        if let reason = health.writes.reason { return try await probeWrite(after: reason) }
        let rows = try await read(Statements.isReadOnly, [], timeout: Self.probeTimeout)
        guard rows.first?.flag(0) ?? false else { return }
        let error = PostgresError.readOnly("the server is a standby, or its transactions are read-only")
        let reason = error.writeRefusalReason ?? ""
        health.writes.fail(reason, details: "\(error)")
        reconnect()
        throw .refusesWrites(reason: reason)
    }

    private func probeWrite(after reason: String) async throws(StoreError) {
        if reason == PostgresError.readOnly("").writeRefusalReason { reconnect() }
        do {
            _ = try await Self.perform(
                .statement(Statements.probeWrite, []), on: writer, timeout: Self.probeTimeout)
        } catch {
            throw .refusesWrites(reason: health.writes.reason ?? reason)
        }
        health.writes.end()
    }

    /// Replaces all connections, because another server may be the primary by now.
    private func reconnect() {
        for connection in connections { connection.reconnect() }
    }
}
