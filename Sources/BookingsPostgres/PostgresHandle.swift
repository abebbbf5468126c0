import Bookings
import CPostgres

/// A connection of libpq: opened, used and closed on one thread.
struct PostgresHandle: ~Copyable {
    let raw: OpaquePointer

    /// Connects in pipeline mode; see `ConnectionSettings` for what is said next. Errors come as libpq words them,
    /// without user and password.
    init(url: String) throws(PostgresError) {
        raw = try Self.connect(url)
    }

    private static func connect(_ url: String) throws(PostgresError) -> OpaquePointer {
        // What comes later counts: the URL has the last word on what stands before it. No `options` of our own, which
        // PgBouncer refuses.
        let parameters = [
            ("connect_timeout", "5"), ("fallback_application_name", "bookings"), ("dbname", url),
            ("client_encoding", "UTF8"),
        ]
        let connected = withCStrings(parameters.map(\.0)) { keywords in
            withCStrings(parameters.map(\.1)) { values in PQconnectdbParams(keywords, values, 1) }
        }
        guard let connected else { throw .lost("libpq is out of memory") }
        // Until the settings are in force the server sends warnings, which libpq would print.
        PQsetNoticeProcessor(connected, { _, _ in }, nil)
        guard PQstatus(connected) == CONNECTION_OK, PQsetnonblocking(connected, 1) == 0,
            PQenterPipelineMode(connected) == 1
        else {
            let reason = PostgresURL.scrub(message(PQerrorMessage(connected)), of: url)
            PQfinish(connected)
            throw .lost(reason)
        }
        return connected
    }

    deinit {
        PQfinish(raw)
    }

    var lastError: String { Self.message(PQerrorMessage(raw)) }
    var socket: Int32 { PQsocket(raw) }

    /// The process of the server, or what a pooler made up in its place.
    var serverProcess: Int32 { PQbackendPID(raw) }

    func prepare(_ name: String, _ sql: String) throws(PostgresError) {
        guard PQsendPrepare(raw, name, sql, 0, nil) == 1 else { throw .lost(lastError) }
    }

    /// Parameters go as text; the result comes in binary.
    func send(_ name: String, _ parameters: [String?]) throws(PostgresError) {
        let sent = withCStrings(parameters) { values in
            PQsendQueryPrepared(raw, name, Int32(parameters.count), values, nil, nil, 1)
        }
        guard sent == 1 else { throw .lost(lastError) }
    }

    /// Sends a statement of which the server keeps nothing. Parameters and result as in `send(_:_:)`.
    func sendUnnamed(_ sql: String, _ parameters: [String?]) throws(PostgresError) {
        let sent = withCStrings(parameters) { values in
            PQsendQueryParams(raw, sql, Int32(parameters.count), nil, values, nil, nil, 1)
        }
        guard sent == 1 else { throw .lost(lastError) }
    }

    /// Ends what was sent since the last sync: it is committed together.
    func sync() throws(PostgresError) {
        guard PQpipelineSync(raw) == 1 else { throw .lost(lastError) }
    }

    /// True when all has left; false: call again once the socket can be written.
    func flush() throws(PostgresError) -> Bool {
        switch PQflush(raw) {
        case 0: return true
        case 1: return false
        default: throw .lost(lastError)
        }
    }

    func consume() throws(PostgresError) {
        guard PQconsumeInput(raw) == 1 else { throw .lost(lastError) }
    }

    var isBusy: Bool { PQisBusy(raw) == 1 }

    /// The next result; nil between two statements.
    func result() -> PostgresResult? {
        PQgetResult(raw).map { PostgresResult(raw: $0) }
    }
}

/// A result of libpq, freed once.
struct PostgresResult: ~Copyable {
    let raw: OpaquePointer

    deinit {
        PQclear(raw)
    }

    enum Kind {
        case rows
        case sync
        case aborted
        case failed(PostgresError)
    }

    var kind: Kind {
        switch PQresultStatus(raw) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK: .rows
        case PGRES_PIPELINE_SYNC: .sync
        case PGRES_PIPELINE_ABORTED: .aborted
        default:
            .failed(
                PostgresError(
                    state: PQresultErrorField(raw, 67).map { String(cString: $0) } ?? "",
                    message: PostgresHandle.message(PQresultErrorMessage(raw))))
        }
    }

    var rowCount: Int { Int(PQntuples(raw)) }
    var columnCount: Int { Int(PQnfields(raw)) }

    /// The bytes of a value, which live as long as the result; nil for null.
    func value(row: Int, column: Int) -> UnsafeBufferPointer<UInt8>? {
        let (row, column) = (Int32(row), Int32(column))
        guard PQgetisnull(raw, row, column) == 0, let value = PQgetvalue(raw, row, column) else { return nil }
        let count = Int(PQgetlength(raw, row, column))
        return UnsafeBufferPointer(start: UnsafeRawPointer(value).assumingMemoryBound(to: UInt8.self), count: count)
    }
}

extension PostgresHandle {
    /// A message of libpq on one line.
    static func message(_ text: UnsafePointer<CChar>?) -> String {
        let lines = text.map { String(cString: $0) } ?? ""
        return lines.split(separator: "\n").joined(separator: "; ")
    }
}

/// An array of C strings that lives as long as the call; it ends with a null pointer.
func withCStrings<Result>(
    _ strings: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
    var bytes: [UInt8] = []
    var offsets: [Int?] = []
    offsets.reserveCapacity(strings.count)
    for string in strings {
        offsets.append(string == nil ? nil : bytes.count)
        if let string {
            bytes.append(contentsOf: string.utf8)
            bytes.append(0)
        }
    }
    return bytes.withUnsafeBytes { buffer in
        let start = buffer.assumingMemoryBound(to: CChar.self).baseAddress
        let pointers = offsets.map { offset in offset.flatMap { start?.advanced(by: $0) } } + [nil]
        return pointers.withUnsafeBufferPointer { pointers in
            guard let base = pointers.baseAddress else {
                preconditionFailure("An array with an element has an address.")
            }
            return body(base)
        }
    }
}
