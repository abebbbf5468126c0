import Bookings
import GRDB

/// The embedded store: one SQLite file in WAL mode, for one process.
///
/// Everything that writes goes through one writer, in the order of its queue, so the order of commits is the order of
/// the log. Durable means on the disk: `synchronous=full`.
public final class SQLiteStore: Sendable {
    let database: any DatabaseWriter
    let identifiers: any IdentifierSource
    /// Nil in memory.
    private let lock: FileLock?
    /// Drawn for this opening of the database.
    let opening: [UInt8]

    private init(database: any DatabaseWriter, identifiers: any IdentifierSource, lock: FileLock?) {
        self.database = database
        self.identifiers = identifiers
        self.lock = lock
        opening = identifiers.bits(for: .secret, key: "sqlite/opening").bytes
    }

    /// Where the database lives.
    public enum Location: Hashable, Sendable {
        case file(path: String)
        case memory
    }

    /// Opens the database, and makes the file and its folder when they are not there. The schema is left as it is.
    ///
    /// A file that another process has open is refused: it belongs to one process.
    public static func open(_ location: Location, identifiers: any IdentifierSource) throws(StoreError) -> SQLiteStore {
        var configuration = GRDB.Configuration()
        configuration.prepareDatabase { database in
            try database.execute(sql: "pragma synchronous = full")
        }
        do {
            switch location {
            case .memory:
                return SQLiteStore(
                    database: try DatabaseQueue(configuration: configuration), identifiers: identifiers, lock: nil)
            case .file(let path):
                let lock = try FileLock(on: path)
                let pool = try DatabasePool(path: path, configuration: configuration)
                return SQLiteStore(database: pool, identifiers: identifiers, lock: lock)
            }
        } catch let error as StoreError {
            throw error
        } catch {
            throw .unavailable("the SQLite file cannot be opened: \(error)")
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
        do { return try await database.write(work) } catch { throw Self.storeError(error) }
    }

    private static func storeError(_ error: any Error) -> StoreError {
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
