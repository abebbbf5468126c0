import Bookings
import GRDB
import Logging

/// The embedded store: one SQLite file in WAL mode, for one process.
///
/// Everything that writes goes through one writer, in the order of its queue, so the order of commits is the order of
/// the log. Durable means on the disk: `synchronous=full`.
package final class SQLiteStore: Sendable {
    let database: any DatabaseWriter
    let identifiers: any IdentifierSource
    /// Nil in memory.
    private let lock: FileLock?
    /// Drawn for this opening of the database.
    let opening: [UInt8]
    let writes: LoggedOutage
    let probe = WriteProbe()

    /// How long a write waits while another process holds the file, for instance for a backup; then it is refused.
    static let busyTimeout = Duration.seconds(5)

    private init(
        database: any DatabaseWriter, identifiers: any IdentifierSource, lock: FileLock?, logger: Logger
    ) {
        self.database = database
        self.identifiers = identifiers
        self.lock = lock
        opening = identifiers.bits(for: .secret, key: "sqlite/opening").bytes
        let start = ContinuousClock.now
        writes = LoggedOutage(
            begins: "The database refuses writes.", ends: "The database accepts writes again.", logger: logger,
            now: { .now - start })
    }

    /// Where the database lives.
    package enum Location: Hashable, Sendable {
        case file(path: String)
        case memory
    }

    /// Opens the database, and makes the file and its folder when they are not there. The schema is left as it is.
    ///
    /// A file that another process has open is refused: it belongs to one process.
    package static func open(
        _ location: Location, identifiers: any IdentifierSource, logger: Logger = Logger(label: "bookings")
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
                    logger: logger)
            case .file(let path):
                let lock = try FileLock(on: path)
                let pool = try DatabasePool(path: path, configuration: configuration)
                return SQLiteStore(database: pool, identifiers: identifiers, lock: lock, logger: logger)
            }
        } catch let error as StoreError {
            throw error
        } catch {
            throw .misconfigured("the SQLite file cannot be opened: \(error)")
        }
    }

    func read<Value: Sendable>(_ work: @escaping @Sendable (Database) throws -> Value) async throws(StoreError) -> Value
    {
        do {
            // A database in memory has one connection, which lets in one at a time: nobody writes between the
            // statements of a read. Made read-only for each, it would have to prepare all its statements anew.
            return database is DatabaseQueue ? try await database.unsafeRead(work) : try await database.read(work)
        } catch { throw Self.storeError(error) }
    }

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

    /// What has waited in the queue until the deadline does not begin to wait for the file.
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
            guard let value else { preconditionFailure("A transaction that was committed has its value.") }
            return value
        } catch let error as DatabaseError {
            if let reason = Self.refusalOfWrites(error) { writes.fail(reason, details: "\(error)") }
            throw error
        }
    }

    /// Why SQLite takes no writes, in words that may be shown to anyone; nil: the error says nothing of that.
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
