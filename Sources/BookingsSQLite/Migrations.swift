import Bookings
import Crypto
import Foundation
import GRDB

extension SQLiteStore: SchemaMigrator {
    package func status() async throws(StoreError) -> [MigrationStatus] {
        try await read { database in
            let applied = try Self.applied(in: database)
            return Schema.migrations.map {
                MigrationStatus(number: $0.number, name: $0.name, isApplied: applied[$0.number] != nil)
            }
        }
    }

    package func migrate(to number: Int?) async throws(StoreError) {
        let key = (0..<2).flatMap { identifiers.bits(for: .secret, key: "sealing/\($0)").bytes }
        try await write { database in
            try database.execute(
                sql: """
                    create table if not exists schema_migrations (
                        number integer primary key, name text not null, checksum text not null
                    ) strict
                    """)
            var applied = try Self.applied(in: database)
            for migration in Schema.migrations where migration.number <= number ?? .max {
                let checksum = Self.checksum(migration.sql)
                if let known = applied.removeValue(forKey: migration.number) {
                    guard known == checksum else {
                        throw StoreError.corrupt("migration \(migration.number) was changed after it was applied")
                    }
                    continue
                }
                try database.execute(sql: migration.sql)
                try database.execute(
                    sql: "insert into schema_migrations (number, name, checksum) values (?, ?, ?)",
                    arguments: [migration.number, migration.name, checksum])
            }
            try database.execute(
                sql: "insert into settings (name, value) values ('sealing_key', ?) on conflict do nothing",
                arguments: [Data(key)])
        }
    }

    private static func applied(in database: Database) throws -> [Int: String] {
        guard try database.tableExists("schema_migrations") else { return [:] }
        let rows = try Row.fetchAll(database, sql: "select number, checksum from schema_migrations")
        return Dictionary(uniqueKeysWithValues: rows.map { ($0["number"], $0["checksum"]) })
    }

    private static func checksum(_ sql: String) -> String {
        Base64URL.encode(SHA256.hash(data: Array(sql.utf8)))
    }
}
