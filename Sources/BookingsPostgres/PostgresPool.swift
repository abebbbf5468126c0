import Bookings
import Logging
import ServiceLifecycle

/// The connections of one replica: one for reads whose plan is always the same, one for lists, and one for writes, which share its
/// commits.
///
/// Few connections with full batches: each wake-up of a thread and each statement carries what many callers asked for.
/// All writers of the log meet at its lock, so a second connection for writes would only wait for the first; what waits
/// behind a commit goes out together with the next one. A long list keeps no short read waiting.
package final class PostgresPool: Service {
    /// How long a caller waits at most, all tries together.
    static let patience = Duration.seconds(10)
    /// How long a probe waits: its own answer is owed within 2 s.
    static let probePatience = Duration.milliseconds(1500)

    private let reader: PostgresConnection
    private let lister: PostgresConnection
    private let writer: PostgresConnection
    private let condition: PostgresCondition

    package init(url: String, identifiers: any IdentifierSource, logger: Logger) {
        let jitter: @Sendable () -> Double = {
            Double(identifiers.bits(for: .jitter, key: "postgres").high >> 11) / Double(1 << 53)
        }
        condition = PostgresCondition(logger: logger)
        reader = PostgresConnection(url: url, mode: .reads, condition: condition, jitter: jitter)
        lister = PostgresConnection(url: url, mode: .lists, condition: condition, jitter: jitter)
        writer = PostgresConnection(url: url, mode: .writes, condition: condition, jitter: jitter)
        // The connections that read notice nothing on a server that is no primary any more.
        let reconnect: @Sendable () -> Void = { [weak reader, weak lister] in
            reader?.reconnect()
            lister?.reconnect()
        }
        condition.whenReadOnly.withLock { $0 = reconnect }
    }

    deinit {
        stop()
    }

    package func run() async throws {
        try? await gracefulShutdown()
    }

    func stop() {
        for connection in [reader, lister, writer] { connection.stop() }
    }

    func read(
        _ statement: PostgresStatement, _ parameters: [String?], patience: Duration = patience
    ) async throws(StoreError) -> PostgresRows {
        try await Self.perform(.statement(statement, parameters), on: reader, patience: patience)
    }

    /// Goes out together with others that wait. Gives the row that was found, or none.
    func lookUp(_ lookUp: BatchedLookup) async throws(StoreError) -> PostgresRows {
        try await Self.perform(.lookUp(lookUp), on: reader)
    }

    /// For statements whose work grows with what they find.
    func list(_ statement: PostgresStatement, _ parameters: [String?]) async throws(StoreError) -> PostgresRows {
        try await Self.perform(.statement(statement, parameters), on: lister)
    }

    func write(_ statement: PostgresStatement, _ parameters: [String?]) async throws(StoreError) -> PostgresRows {
        try await Self.perform(.statement(statement, parameters), on: writer)
    }

    /// Goes out together with others that wait. Gives one row, of type `write_outcome`.
    func write(_ write: WriteColumns) async throws(StoreError) -> PostgresRows {
        try await Self.perform(.write(write), on: writer)
    }

    /// Throws unless the database answers and, as far as is known, takes writes.
    ///
    /// While the last write was refused, perhaps nobody writes any more: the probe itself then writes as much as shows
    /// whether there is room again.
    func ping() async throws(StoreError) {
        if let reason = condition.writes.reason {
            if reason == PostgresError.readOnly("").refusalOfWrites { reconnect() }
            do {
                _ = try await Self.perform(
                    .statement(Statements.probeWrite, []), on: writer, patience: Self.probePatience)
            } catch {
                throw .refusesWrites(reason: condition.writes.reason ?? reason)
            }
            return condition.writes.end()
        }
        let rows = try await read(Statements.isReadOnly, [], patience: Self.probePatience)
        guard rows.first?.flag(0) ?? false else { return }
        let fault = PostgresError.readOnly("the server is a standby, or its transactions are read-only")
        let reason = fault.refusalOfWrites ?? ""
        condition.writes.fail(reason, details: "\(fault)")
        reconnect()
        throw .refusesWrites(reason: reason)
    }

    /// Another server may be the primary by now.
    private func reconnect() {
        for connection in [reader, lister, writer] { connection.reconnect() }
    }

    private static func perform(
        _ work: StatementRequest.Work, on connection: PostgresConnection, patience: Duration = patience
    ) async throws(StoreError) -> PostgresRows {
        let result = await withCheckedContinuation { continuation in
            let job = StatementRequest(
                work: work, deadline: .now + patience, finish: { continuation.resume(returning: $0) })
            if !connection.submit(job) {
                continuation.resume(returning: .failure(.tooLate("too many statements wait for the database")))
            }
        }
        do { return try result.get() } catch { throw error.storeError }
    }
}
