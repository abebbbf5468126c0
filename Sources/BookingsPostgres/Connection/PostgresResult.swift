import CPostgres

/// A result of libpq, freed once.
struct PostgresResult: ~Copyable {
    /// What kind of answer the result is.
    enum Kind {
        case rows
        /// The end of a transaction of the pipeline.
        case sync
        /// The statement was skipped because one before it in its transaction failed.
        case aborted
        case failed(PostgresError)
    }

    private let raw: OpaquePointer

    /// Takes ownership of libpq's result.
    init(raw: OpaquePointer) {
        self.raw = raw
    }

    deinit {
        PQclear(raw)
    }

    var kind: Kind {
        switch PQresultStatus(raw) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK: .rows
        case PGRES_PIPELINE_SYNC: .sync
        case PGRES_PIPELINE_ABORTED: .aborted
        default: .failed(error)
        }
    }

    private var error: PostgresError {
        // PG_DIAG_SQLSTATE is a macro that Swift does not import.
        let state = PQresultErrorField(raw, Int32(UInt8(ascii: "C")))
        return PostgresError(
            state: state.map { String(cString: $0) } ?? "",
            message: PostgresHandle.message(PQresultErrorMessage(raw)))
    }

    var rowCount: Int { Int(PQntuples(raw)) }
    var columnCount: Int { Int(PQnfields(raw)) }

    /// Returns the bytes of a value, which live as long as the result; `nil` for null.
    func value(row: Int, column: Int) -> UnsafeBufferPointer<UInt8>? {
        let (row, column) = (Int32(row), Int32(column))
        guard PQgetisnull(raw, row, column) == 0, let value = PQgetvalue(raw, row, column) else { return nil }
        let count = Int(PQgetlength(raw, row, column))
        return UnsafeBufferPointer(start: UnsafeRawPointer(value).assumingMemoryBound(to: UInt8.self), count: count)
    }
}
