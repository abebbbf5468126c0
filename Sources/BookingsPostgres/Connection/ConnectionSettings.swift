import Bookings

/// The server's settings that the service relies on, and the statements that make them: once for a session, or in each
/// transaction where a pooler may give it another session.
struct ConnectionSettings: Sendable {
    /// The settings of every connection; all others stay as the operator has them.
    ///
    /// The server ends a statement without waiting callers. When a replica's machine disappears, the server
    /// notices within seconds and undoes its transaction, which may hold the lock of the event log.
    private static let common =
        [
            ("statement_timeout", "\(PipelineState.statementTimeout.wholeMilliseconds)"),
            ("client_min_messages", "error"), ("standard_conforming_strings", "on"), ("array_nulls", "on"),
            ("tcp_keepalives_idle", "5"), ("tcp_keepalives_interval", "2"), ("tcp_keepalives_count", "3"),
            ("tcp_user_timeout", "10000"),
        ] + PlannerSettings.all

    private let settings: [(name: String, value: String)]

    /// Creates the settings of every connection and those of one role.
    init(_ ofRole: [(String, String)]) {
        settings = Self.common + ofRole
    }

    /// The first statement of a new connection. `$1` is the server process that the connection was told of.
    ///
    /// It returns `true` where statements reach that process itself; then the settings last. Behind a pooler the
    /// processes differ, and nothing is left behind in a session that another client gets next.
    var sessionSettings: PostgresStatement {
        let isPooled = "pg_backend_pid() <> $1::integer"
        let all = settings + [("default_transaction_isolation", "read committed")]
        return PostgresStatement(
            "session_settings",
            "select not \(isPooled), "
                + all.map { "set_config('\($0)', '\($1)', \(isPooled))" }.joined(separator: ", "))
    }

    /// The first statements of each transaction where the session's settings do not last.
    var transactionSettings: [PostgresStatement] {
        [
            PostgresStatement("isolation", "set transaction isolation level read committed"),
            PostgresStatement(
                "settings", "select " + settings.map { "set_config('\($0)', '\($1)', true)" }.joined(separator: ", ")),
        ]
    }
}
