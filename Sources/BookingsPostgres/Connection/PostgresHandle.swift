import CPostgres

/// A libpq connection in pipeline mode. It is opened, used and closed on one thread.
///
/// Nothing blocks after `init`. Statements are answered in the order in which they are sent.
struct PostgresHandle: ~Copyable {
    private let raw: OpaquePointer

    /// Connects; blocks until the server answers or `connect_timeout` has passed for each of its addresses.
    ///
    /// - Throws: `PostgresError.lost` with libpq's message, without user and password.
    init(url: String) throws(PostgresError) {
        raw = try Self.connect(url)
    }

    private static func connect(_ url: String) throws(PostgresError) -> OpaquePointer {
        // A later parameter overrides an earlier one: the URL overrides those before it. `options` is not used, because
        // PgBouncer refuses it.
        let connection = connectDatabase([
            ("connect_timeout", "5"), ("fallback_application_name", "bookings"), ("dbname", url),
            ("client_encoding", "UTF8"),
        ])
        guard let connection else { throw .lost("libpq is out of memory") }
        // Until the session's settings are made the server sends warnings, which libpq would print.
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
        guard PQstatus(connection) == CONNECTION_OK, PQsetnonblocking(connection, 1) == 0,
            PQenterPipelineMode(connection) == 1
        else {
            let reason = PostgresURL.scrub(message(PQerrorMessage(connection)), of: url)
            PQfinish(connection)
            throw .lost(reason)
        }
        return connection
    }

    deinit {
        PQfinish(raw)
    }

    /// The socket's descriptor, for `poll`.
    var socket: Int32 { PQsocket(raw) }

    /// The number of the server process that serves this connection, or what a pooler made up in its place.
    var serverProcess: Int32 { PQbackendPID(raw) }

    /// Whether the next call of `result` would block.
    var isBusy: Bool { PQisBusy(raw) == 1 }

    // MARK: - Sending

    /// Prepares a statement under a name.
    func prepare(_ name: String, _ sql: String) throws(PostgresError) {
        try check(PQsendPrepare(raw, name, sql, 0, nil) == 1)
    }

    /// Executes a prepared statement. Parameters are sent as text; `nil` is null. The result is in binary.
    func send(_ name: String, _ parameters: [String?]) throws(PostgresError) {
        try check(
            withCStrings(parameters) { values in
                PQsendQueryPrepared(raw, name, Int32(parameters.count), values, nil, nil, 1) == 1
            })
    }

    /// Executes a statement of which the server keeps nothing. Parameters and result as in `send(_:_:)`.
    func sendUnnamed(_ sql: String, _ parameters: [String?]) throws(PostgresError) {
        try check(
            withCStrings(parameters) { values in
                PQsendQueryParams(raw, sql, Int32(parameters.count), nil, values, nil, nil, 1) == 1
            })
    }

    /// Ends the transaction of all statements since the last sync.
    func sync() throws(PostgresError) {
        try check(PQpipelineSync(raw) == 1)
    }

    /// Writes to the socket; returns whether nothing is left. Otherwise call it again once the socket can be written.
    func flush() throws(PostgresError) -> Bool {
        let left = PQflush(raw)
        try check(left >= 0)
        return left == 0
    }

    // MARK: - Receiving

    /// Reads what has arrived on the socket.
    func consume() throws(PostgresError) {
        try check(PQconsumeInput(raw) == 1)
    }

    /// Returns the next result; `nil` between two statements.
    func result() -> PostgresResult? {
        PQgetResult(raw).map { PostgresResult(raw: $0) }
    }

    private func check(_ succeeded: Bool) throws(PostgresError) {
        guard succeeded else { throw .lost(Self.message(PQerrorMessage(raw))) }
    }
}

extension PostgresHandle {
    /// Returns a message of libpq on one line.
    static func message(_ message: UnsafePointer<CChar>?) -> String {
        let lines = message.map { String(cString: $0) } ?? ""
        return lines.split(separator: "\n").joined(separator: "; ")
    }
}
