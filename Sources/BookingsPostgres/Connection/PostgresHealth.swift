import Bookings
import Logging
import Synchronization

/// Whether the database can be reached and accepts writes, as the connections of one replica observe it.
///
/// Logs one line when an outage begins and one when it ends.
final class PostgresHealth: Sendable {
    /// Whether writes are accepted.
    let writes: LoggedOutage
    /// Called each time that a connection turns out to be read-only.
    let onReadOnly = Mutex<@Sendable () -> Void>({})
    private let connections: LoggedOutage
    private let lostConnections = Mutex<Set<ObjectIdentifier>>([])

    init(logger: Logger) {
        let start = ContinuousClock.now
        let now: @Sendable () -> Duration = { .now - start }
        connections = LoggedOutage(
            begins: "A database connection is lost.", ends: "The database connections are back.", logger: logger,
            now: now)
        writes = LoggedOutage(
            begins: "The database refuses writes.", ends: "The database accepts writes again.", logger: logger, now: now
        )
    }

    /// Takes a connection that was opened; the outage ends with the last one.
    func connected(_ connection: PostgresConnection) {
        let isLast = lostConnections.withLock { $0.remove(ObjectIdentifier(connection)) != nil && $0.isEmpty }
        if isLast { connections.end() }
    }

    /// Takes a connection that was lost or could not be opened.
    func lost(_ connection: PostgresConnection, _ error: PostgresError) {
        if let reason = error.writeRefusalReason {
            writes.fail(reason, details: "\(error)")
            return onReadOnly.withLock { $0 }()
        }
        lostConnections.withLock { _ = $0.insert(ObjectIdentifier(connection)) }
        connections.fail("cannot be reached", details: "\(error)")
    }

    /// Takes how a transaction of writes ended.
    func transactionEnded(_ outcome: PipelineState.TransactionOutcome) {
        switch outcome {
        case .committed: if writes.reason != nil { writes.succeed() }
        case .failed(let error):
            if let reason = error.writeRefusalReason { writes.fail(reason, details: "\(error)") }
        }
    }
}
