import Bookings
import CPostgres
import Crypto
import Dispatch

extension PostgresStore: SchemaMigrator {
    private struct Migration {
        let number: Int
        let sql: String

        /// The first line of the file is its name.
        var name: String { String(sql.prefix { $0 != "\n" }.drop { $0 == "-" || $0 == " " }) }
        var checksum: String { Base64URL.encode(SHA256.hash(data: Array(sql.utf8))) }
    }

    private static let migrations = [
        Migration(number: 1, sql: String(decoding: PackageResources._001_sql, as: UTF8.self)),
        Migration(number: 2, sql: String(decoding: PackageResources._002_sql, as: UTF8.self)),
        Migration(number: 3, sql: String(decoding: PackageResources._003_sql, as: UTF8.self)),
        Migration(number: 4, sql: String(decoding: PackageResources._004_sql, as: UTF8.self)),
    ]

    package func status() async throws(StoreError) -> [MigrationStatus] {
        let timeout = PostgresPool.probeTimeout
        let isBegun = try await pool.read(Statements.hasMigrations, [], timeout: timeout).first?.flag(0) ?? false
        let applied = isBegun ? try await pool.read(Statements.migrations, [], timeout: timeout).checksums : [:]
        return Self.migrations.map {
            MigrationStatus(number: $0.number, name: $0.name, isApplied: applied[$0.number] != nil)
        }
    }

    package func migrate(to number: Int?) async throws(StoreError) {
        let key = (0..<2).flatMap { identifiers.bits(for: .secret, key: "sealing/\($0)").bytes }.hexadecimal
        try await onConnectionOfItsOwn { connection throws(PostgresError) in
            try connection.execute("begin")
            // For this transaction alone: a pooler may give the session to another client next.
            try connection.execute("set local client_min_messages = error")
            try connection.execute("set local standard_conforming_strings = on")
            // One at a time, however many replicas start at once.
            try connection.execute("select pg_advisory_xact_lock(4801712059365527371)")
            try connection.execute(
                """
                create table if not exists schema_migrations (
                    number integer primary key, name text not null, checksum text not null
                )
                """)
            let applied = try connection.execute(Statements.migrations.sql).checksums
            for migration in Self.migrations where migration.number <= number ?? .max {
                if let known = applied[migration.number] {
                    guard known == migration.checksum else {
                        throw .refused("migration \(migration.number) was changed after it was applied")
                    }
                    continue
                }
                try connection.execute(migration.sql)
                try connection.execute(
                    """
                    insert into schema_migrations (number, name, checksum)
                    values (\(migration.number), '\(migration.name)', '\(migration.checksum)')
                    """)
                if migration.number == 1 {
                    try connection.execute("insert into settings (name, value) values ('sealing_key', '\(key)')")
                }
            }
            try connection.execute("commit")
        }
    }

    /// Off the pool and off the threads of tasks: migrations may take long.
    private func onConnectionOfItsOwn<Value: Sendable>(
        _ work: @escaping @Sendable (borrowing MigrationConnection) throws(PostgresError) -> Value
    ) async throws(StoreError) -> Value {
        let result: Result<Value, PostgresError> = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [url] in
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
}

/// A plain connection that waits for each answer.
private struct MigrationConnection: ~Copyable {
    private let raw: OpaquePointer

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

    @discardableResult
    func execute(_ sql: String) throws(PostgresError) -> PostgresRows {
        guard let answer = PQexec(raw, sql) else { throw .lost(String(cString: PQerrorMessage(raw))) }
        let result = PostgresResult(raw: answer)
        if case .failed(let fault) = result.kind { throw fault }
        return PostgresRows(result)
    }
}

extension PostgresRows {
    /// What was applied: number and checksum.
    fileprivate var checksums: [Int: String] {
        let pairs = map { row in row.optionalText(0).flatMap { Int($0) }.map { ($0, row.optionalText(1) ?? "") } }
        return Dictionary(pairs.compactMap { $0 }) { $1 }
    }
}
