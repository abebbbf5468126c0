import Bookings
import Logging
import Synchronization

/// How the database stands, as the connections of one replica see it, with one log line when a failure begins and one
/// when it ends.
final class PostgresCondition: Sendable {
    /// Of the connections.
    let reach: LoggedOutage
    let writes: LoggedOutage
    /// Called each time that a connection turns out to be read-only.
    let whenReadOnly = Mutex<@Sendable () -> Void>({})
    private let lost = Mutex<Set<ObjectIdentifier>>([])

    init(logger: Logger) {
        let start = ContinuousClock.now
        let now: @Sendable () -> Duration = { .now - start }
        reach = LoggedOutage(
            begins: "A database connection is lost.", ends: "The database connections are back.", logger: logger,
            now: now)
        writes = LoggedOutage(
            begins: "The database refuses writes.", ends: "The database takes writes again.", logger: logger, now: now)
    }

    func connected(_ connection: PostgresConnection) {
        let isLast = lost.withLock { $0.remove(ObjectIdentifier(connection)) != nil && $0.isEmpty }
        if isLast { reach.end() }
    }

    func lost(_ connection: PostgresConnection, _ fault: PostgresError) {
        if let reason = fault.refusalOfWrites {
            writes.fail(reason, details: "\(fault)")
            return whenReadOnly.withLock { $0 }()
        }
        lost.withLock { _ = $0.insert(ObjectIdentifier(connection)) }
        reach.fail("cannot be reached", details: "\(fault)")
    }

    /// Takes what became of a batch of writes.
    func note(_ outcome: PipelineState.BatchOutcome) {
        switch outcome {
        case .committed: if writes.reason != nil { writes.succeed() }
        case .failed(let fault):
            if let reason = fault.refusalOfWrites { writes.fail(reason, details: "\(fault)") }
        }
    }
}
