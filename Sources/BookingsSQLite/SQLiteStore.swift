import Bookings
import GRDB
import Logging

/// The embedded store: one SQLite file in WAL mode, for one process.
///
/// There is one writer with a queue, so the order of commits is the order of the log. A commit is on the disk when the
/// write returns (`synchronous=full`).
package final class SQLiteStore: Sendable {
    let database: any DatabaseWriter
    let identifiers: any IdentifierSource
    /// `nil` for a database in memory.
    private let lock: FileLock?
    /// Random bytes of this opening of the database.
    let opening: [UInt8]
    /// Whether the database refuses writes.
    let writes: LoggedOutage
    let probe = WriteProbe()
    /// How many bookings a page reads for its total at most; those of owners with more are counted.
    let readLimit: Int
    /// The name of the replica, for the ledger of reminders; `nil` when it has none.
    let replica: String?

    /// How long a write waits for its turn and for another process that has locked the file, such as a backup.
    static let busyTimeout = Duration.seconds(5)

    private init(
        database: any DatabaseWriter, identifiers: any IdentifierSource, lock: FileLock?, logger: Logger,
        readLimit: Int, replica: String?
    ) {
        self.readLimit = readLimit
        self.replica = replica
        self.database = database
        self.identifiers = identifiers
        self.lock = lock
        opening = identifiers.bits(for: .secret, key: "sqlite/opening").bytes
        let start = ContinuousClock.now
        writes = LoggedOutage(
            begins: "The database refuses writes.", ends: "The database accepts writes again.", logger: logger,
            now: { .now - start })
    }

    /// The place of the database.
    package enum Location: Hashable, Sendable {
        case file(path: String)
        case memory
    }

    /// Opens the database. Creates the file and its folder when they do not exist; does not change the schema.
    ///
    /// - Parameters:
    ///   - readLimit: How many bookings a page reads for its total at most; those of owners with more are counted.
    ///   - replica: The name of the replica, for the ledger of reminders.
    /// - Throws: `StoreError.misconfigured` when the file cannot be opened, or another process has it open.
    package static func open(
        _ location: Location, identifiers: any IdentifierSource, logger: Logger = Logger(label: "bookings"),
        readLimit: Int = 1000, replica: String? = nil
    ) throws(StoreError) -> SQLiteStore {
        var configuration = GRDB.Configuration()
        configuration.busyMode = .timeout(Double(busyTimeout.wholeMilliseconds) / 1000)
        configuration.prepareDatabase { database in
            try database.execute(sql: "pragma synchronous = full")
        }
        do {
            switch location {
            case .memory:
                return SQLiteStore(
                    database: try DatabaseQueue(configuration: configuration), identifiers: identifiers, lock: nil,
                    logger: logger, readLimit: readLimit, replica: replica)
            case .file(let path):
                let lock = try FileLock(on: path)
                let pool = try DatabasePool(path: path, configuration: configuration)
                return SQLiteStore(
                    database: pool, identifiers: identifiers, lock: lock, logger: logger, readLimit: readLimit,
                    replica: replica)
            }
        } catch let error as StoreError {
            throw error
        } catch {
            throw .misconfigured("the SQLite file cannot be opened: \(error)")
        }
    }

    /// Runs reads in one snapshot.
    func read<Value: Sendable>(_ work: @escaping @Sendable (Database) throws -> Value) async throws(StoreError) -> Value
    {
        do {
            // A database in memory has one connection, which serves one caller at a time: nothing is written between the
            // statements of a read. Making it read-only for each read would discard its prepared statements.
            return database is DatabaseQueue ? try await database.unsafeRead(work) : try await database.read(work)
        } catch { throw Self.storeError(error) }
    }

    /// Runs the work in a transaction of its own, when it is its turn.
    func write<Value: Sendable>(_ work: @escaping @Sendable (Database) throws -> Value) async throws(StoreError)
        -> Value
    {
        let deadline = ContinuousClock.now + Self.busyTimeout
        do {
            let value = try await database.writeWithoutTransaction { [self] database in
                try transaction(in: database, before: deadline, work)
            }
            if writes.reason != nil { writes.succeed() }
            return value
        } catch {
            throw Self.storeError(error)
        }
    }

    /// Runs the work in a transaction, unless its turn came after the deadline.
    func transaction<Value>(
        in database: Database, before deadline: ContinuousClock.Instant, _ work: (Database) throws -> Value
    ) throws -> Value {
        guard ContinuousClock.now < deadline else { throw StoreError.unavailable("the database is locked") }
        do {
            var value: Value?
            try database.inTransaction(.immediate) {
                value = try work(database)
                return .commit
            }
            guard let value else { preconditionFailure("A committed transaction has returned a value.") }
            return value
        } catch let error as DatabaseError {
            if let reason = Self.refusalOfWrites(error) { writes.fail(reason, details: "\(error)") }
            throw error
        }
    }

    /// Returns the public reason why SQLite refuses writes; `nil` for any other error.
    private static func refusalOfWrites(_ error: DatabaseError) -> String? {
        switch error.resultCode {
        case .SQLITE_FULL: "disk full"
        case .SQLITE_READONLY: "read-only"
        case .SQLITE_IOERR, .SQLITE_CANTOPEN: "input/output error"
        default: nil
        }
    }

    static func storeError(_ error: any Error) -> StoreError {
        if let error = error as? StoreError { return error }
        if let error = error as? DatabaseError {
            switch error.resultCode {
            case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_CONSTRAINT, .SQLITE_MISMATCH: return .corrupt("\(error)")
            default: return .unavailable("\(error)")
            }
        }
        return .unavailable("\(error)")
    }
}
