import Bookings
import CPostgres
import Dispatch

/// A connection for migrations and other work that may take long, which waits for each answer.
struct MigrationConnection: ~Copyable {
    private let raw: OpaquePointer

    /// Connects, runs the work, and disconnects, on a thread of its own: migrations may take long.
    static func run<Value: Sendable>(
        url: String, _ work: @escaping @Sendable (borrowing MigrationConnection) throws(PostgresError) -> Value
    ) async throws(StoreError) -> Value {
        let result: Result<Value, PostgresError> = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                do throws(PostgresError) {
                    let connection = try MigrationConnection(url: url)
                    continuation.resume(returning: .success(try work(connection)))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        do { return try result.get() } catch { throw error.storeError }
    }

    init(url: String) throws(PostgresError) {
        raw = try Self.connect(url)
    }

    private static func connect(_ url: String) throws(PostgresError) -> OpaquePointer {
        let connecting = withCStrings(["connect_timeout", "dbname"]) { keywords in
            withCStrings(["5", url]) { values in PQconnectdbParams(keywords, values, 1) }
        }
        guard let connected = connecting else { throw .lost("libpq is out of memory") }
        guard PQstatus(connected) == CONNECTION_OK else {
            let reason = PostgresURL.scrub(PostgresHandle.message(PQerrorMessage(connected)), of: url)
            PQfinish(connected)
            throw .lost(reason)
        }
        return connected
    }

    deinit {
        PQfinish(raw)
    }

    /// Runs one or several statements and returns the rows of the last one.
    @discardableResult
    func execute(_ sql: String) throws(PostgresError) -> PostgresRows {
        try rows(of: PQexec(raw, sql))
    }

    /// Runs a statement with parameters.
    @discardableResult
    func execute(_ sql: String, _ parameters: [String?]) throws(PostgresError) -> PostgresRows {
        let count = Int32(parameters.count)
        return try rows(
            of: withCStrings(parameters) { values in PQexecParams(raw, sql, count, nil, values, nil, nil, 0) })
    }

    private func rows(of answer: OpaquePointer?) throws(PostgresError) -> PostgresRows {
        guard let answer else { throw .lost(String(cString: PQerrorMessage(raw))) }
        let result = PostgresResult(raw: answer)
        if case .failed(let error) = result.kind { throw error }
        return PostgresRows(result)
    }
}
