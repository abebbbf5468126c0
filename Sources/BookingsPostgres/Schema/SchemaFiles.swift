import Bookings
import Crypto

/// The SQL files of this build, which are embedded in the executable.
enum SchemaFiles {
    /// Changes of tables, in order. A migration that was released never changes: databases hold its checksum.
    static let migrations = [
        SchemaFile(number: 1, PackageResources._001_sql),
        SchemaFile(number: 2, PackageResources._002_sql),
        SchemaFile(number: 3, PackageResources._003_sql),
        SchemaFile(number: 4, PackageResources._004_sql),
        SchemaFile(number: 5, PackageResources._005_sql),
        SchemaFile(number: 6, PackageResources._006_sql),
    ]

    /// The functions, each in a file that creates or replaces it.
    ///
    /// A file that changed is applied again by `migrate`. `create or replace` cannot change a function's parameters or
    /// result: a migration drops the function first. Replicas of the previous release run meanwhile, so a function stays
    /// compatible with them, or gets another name.
    static let routines = [
        SchemaFile(name: "lock_event_log", PackageResources.lock_event_log_sql),
        SchemaFile(name: "lock_idempotency_key", PackageResources.lock_idempotency_key_sql),
        SchemaFile(name: "find_conflict", PackageResources.find_conflict_sql),
        SchemaFile(name: "write_bookings", PackageResources.write_bookings_sql),
        SchemaFile(name: "oldest_readable", PackageResources.oldest_readable_sql),
        SchemaFile(name: "trim_event_log", PackageResources.trim_event_log_sql),
        SchemaFile(name: "fire_due_reminders", PackageResources.fire_due_reminders_sql),
        SchemaFile(name: "replay_reminder", PackageResources.replay_reminder_sql),
        SchemaFile(name: "rearm_reminders", PackageResources.rearm_reminders_sql),
        SchemaFile(name: "count_owner", PackageResources.count_owner_sql),
        SchemaFile(name: "fold_booking_counts", PackageResources.fold_booking_counts_sql),
    ]
}

/// One SQL file of the schema.
struct SchemaFile: Sendable {
    /// The number of a migration; `nil` for a function.
    let number: Int?
    /// A function's name, or the first line of a migration.
    let name: String
    let sql: String
    /// The SHA-256 of the file, base64url.
    let checksum: String

    init(number: Int, _ bytes: [UInt8]) {
        let firstLine = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        self.init(number: number, name: String(firstLine.drop { $0 == "-" || $0 == " " }), bytes)
    }

    init(name: String, _ bytes: [UInt8]) {
        self.init(number: nil, name: name, bytes)
    }

    private init(number: Int?, name: String, _ bytes: [UInt8]) {
        self.number = number
        self.name = name
        sql = String(decoding: bytes, as: UTF8.self)
        checksum = Base64URL.encode(SHA256.hash(data: bytes))
    }
}
