import Bookings
import Crypto
import Foundation
import GRDB

extension SQLiteStore: SchemaMigrator {
    /// Returns the state of each migration.
    package func status() async throws(StoreError) -> [MigrationStatus] {
        try await read { database in
            let applied = try Self.checksums(in: database)
            return Schema.migrations.map {
                MigrationStatus(
                    number: $0.number, name: $0.name, state: applied[$0.number] == nil ? .pending : .applied)
            }
        }
    }

    /// Applies pending migrations in one transaction.
    package func migrate(to number: Int?) async throws(StoreError) {
        let key = (0..<2).flatMap { identifiers.bits(for: .secret, key: "sealing/\($0)").bytes }
        try await write { database in
            try database.execute(
                sql: """
                    create table if not exists schema_migrations (
                        number integer constraint schema_migrations_pkey primary key, name text not null,
                        checksum text not null
                    ) strict
                    """)
            let applied = try Self.checksums(in: database)
            for migration in Schema.migrations where migration.number <= number ?? .max {
                try Self.apply(migration, appliedChecksum: applied[migration.number], in: database)
            }
            try database.execute(
                sql: "insert into settings (name, value) values ('sealing_key', ?) on conflict do nothing",
                arguments: [Data(key)])
        }
    }

    private static func apply(
        _ migration: Schema.Migration, appliedChecksum: String?, in database: Database
    ) throws {
        let checksum = Base64URL.encode(SHA256.hash(data: Array(migration.sql.utf8)))
        if let appliedChecksum {
            guard appliedChecksum == checksum else {
                throw StoreError.corrupt("migration \(migration.number) was changed after it was applied")
            }
            return
        }
        try database.execute(sql: migration.sql)
        try database.execute(
            sql: "insert into schema_migrations (number, name, checksum) values (?, ?, ?)",
            arguments: [migration.number, migration.name, checksum])
    }

    /// Returns the checksums of the applied migrations by number.
    private static func checksums(in database: Database) throws -> [Int: String] {
        guard try database.tableExists("schema_migrations") else { return [:] }
        let rows = try Row.fetchAll(database, sql: "select number, checksum from schema_migrations")
        return Dictionary(uniqueKeysWithValues: rows.map { ($0["number"], $0["checksum"]) })
    }
}
