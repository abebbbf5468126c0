import Bookings

extension PostgresStore: SchemaMigrator {
    /// Returns the state of each migration and, as the last element, of the functions.
    package func status() async throws(StoreError) -> [MigrationStatus] {
        let timeout = PostgresPool.probeTimeout
        let exists = try await pool.read(SchemaStatements.exists, [], timeout: timeout).first?.flag(0) ?? false
        var migrations: [String: String] = [:]
        var routines: [String: String] = [:]
        if exists {
            migrations = try await pool.read(SchemaStatements.migrations, [], timeout: timeout).checksums
            routines = try await pool.read(SchemaStatements.routines, [], timeout: timeout).checksums
        }
        let functions = SchemaFiles.routines.map { $0.state(in: routines) }
        return SchemaFiles.migrations.map { file in
            MigrationStatus(
                number: file.number, name: file.name, state: migrations[file.key] == nil ? .pending : .applied)
        } + [MigrationStatus(number: nil, name: "functions", state: functions.min() ?? .applied)]
    }

    /// Applies pending migrations and, with the newest, the functions that changed, in one transaction.
    package func migrate(to number: Int?) async throws(StoreError) {
        let key = (0..<2).flatMap { identifiers.bits(for: .secret, key: "sealing/\($0)").bytes }.hexadecimal
        try await MigrationConnection.run(url: url) { connection throws(PostgresError) in
            try connection.execute(SchemaStatements.begin)
            let applied = try connection.execute(SchemaStatements.migrations.sql).checksums
            for file in SchemaFiles.migrations where (file.number ?? 0) <= number ?? .max {
                try connection.apply(file, to: applied, settingsKey: key)
            }
            if number ?? .max >= SchemaFiles.migrations.count {
                let applied = try connection.execute(SchemaStatements.routines.sql).checksums
                for file in SchemaFiles.routines where applied[file.key] != file.checksum {
                    try connection.execute(file.sql)
                    try connection.execute(SchemaStatements.record(routine: file))
                }
            }
            try connection.execute("commit")
        }
    }
}

extension MigrationConnection {
    /// Applies a migration unless it is applied; throws when it was applied in another form.
    fileprivate func apply(
        _ file: SchemaFile, to applied: [String: String], settingsKey: String
    ) throws(PostgresError) {
        if let checksum = applied[file.key] {
            guard checksum == file.checksum else {
                throw .refused("migration \(file.key) was changed after it was applied")
            }
            return
        }
        try execute(file.sql)
        try execute(SchemaStatements.record(migration: file))
        if file.number == 1 {
            try execute("insert into settings (name, value) values ('sealing_key', '\(settingsKey)')")
        }
    }
}

extension SchemaFile {
    /// The key of the file in the tables `schema_migrations` and `schema_routines`.
    fileprivate var key: String { number.map { "\($0)" } ?? name }

    fileprivate func state(in applied: [String: String]) -> MigrationStatus.State {
        applied[key].map { $0 == checksum ? .applied : .outdated } ?? .pending
    }
}

/// The statements of the migrator.
private enum SchemaStatements {
    static let exists = PostgresStatement(
        "schema_exists",
        "select to_regclass('schema_migrations') is not null and to_regclass('schema_routines') is not null")
    static let migrations = PostgresStatement(
        "schema_migrations", "select number::text, checksum from schema_migrations")
    static let routines = PostgresStatement("schema_routines", "select name, checksum from schema_routines")

    /// The settings are those of the transaction: a pooler may give the session to another client next. The lock lets
    /// one replica migrate at a time, however many start at once.
    static let begin = """
        begin;
        set local client_min_messages = error;
        set local standard_conforming_strings = on;
        select pg_advisory_xact_lock(4801712059365527371);
        create table if not exists schema_migrations (
            number integer constraint schema_migrations_pkey primary key, name text not null, checksum text not null
        );
        create table if not exists schema_routines (
            name text constraint schema_routines_pkey primary key, checksum text not null
        )
        """

    static func record(migration file: SchemaFile) -> String {
        """
        insert into schema_migrations (number, name, checksum)
        values (\(file.key), '\(file.name)', '\(file.checksum)')
        """
    }

    static func record(routine file: SchemaFile) -> String {
        """
        insert into schema_routines (name, checksum) values ('\(file.name)', '\(file.checksum)')
        on conflict (name) do update set checksum = excluded.checksum
        """
    }
}

extension PostgresRows {
    /// The checksums of applied files by their keys.
    fileprivate var checksums: [String: String] {
        let pairs = map { row in (row.optionalText(0) ?? "", row.optionalText(1) ?? "") }
        return Dictionary(pairs) { $1 }
    }
}
