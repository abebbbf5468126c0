import Bookings

/// The server's settings that the service rests on, and how they are made: once for a session, or, where a pooler may
/// give each transaction another session, in each transaction for itself.
struct ConnectionSettings: Sendable {
    /// How statements are planned.
    static let planning = [
        // Every statement here is short: compiling one costs more than any of them.
        ("jit", "off"),
        // A bitmap holds all that an owner has, for however few rows. Plans are made for owners who have little, and
        // for them it is no better than the index in its order.
        ("enable_bitmapscan", "off"),
    ]

    /// The operator's own settings stay, but for these.
    ///
    /// A statement that nobody waits for any more is ended. A replica whose machine is gone without a word is found out
    /// in seconds and its transaction undone: it may hold the log's lock.
    private static let common =
        [
            ("statement_timeout", "\(PipelineState.longestStatement.wholeMilliseconds)"),
            ("client_min_messages", "error"), ("standard_conforming_strings", "on"), ("array_nulls", "on"),
            ("tcp_keepalives_idle", "5"), ("tcp_keepalives_interval", "2"), ("tcp_keepalives_count", "3"),
            ("tcp_user_timeout", "10000"),
        ] + planning

    private let settings: [(name: String, value: String)]

    init(_ more: [(String, String)]) {
        settings = Self.common + more
    }

    /// What a new connection says first. `$1`: the process that the server named when it was connected to.
    ///
    /// Gives true where statements reach that process itself; then the settings last. Behind a pooler the names differ,
    /// and nothing is left behind in a session that another client gets next.
    var greeting: PostgresStatement {
        let isPooled = "pg_backend_pid() <> $1::integer"
        let all = settings + [("default_transaction_isolation", "read committed")]
        return PostgresStatement(
            "greeting",
            "select not \(isPooled), "
                + all.map { "set_config('\($0)', '\($1)', \(isPooled))" }.joined(separator: ", "))
    }

    /// What each transaction begins with where the settings do not last.
    var opening: [PostgresStatement] {
        [
            PostgresStatement("isolation", "set transaction isolation level read committed"),
            PostgresStatement(
                "settings", "select " + settings.map { "set_config('\($0)', '\($1)', true)" }.joined(separator: ", ")),
        ]
    }
}
