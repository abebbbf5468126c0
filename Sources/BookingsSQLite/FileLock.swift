import Bookings
import FoundationEssentials
import Glibc

/// An advisory lock on the file of the database, whatever path leads to it. It ends with the process at the latest.
///
/// `flock(2)` is independent of the byte-range locks that SQLite takes. The lock has a descriptor of its own, which outlives
/// those of the database: closing any descriptor of a file drops the process's byte-range locks on it.
final class FileLock: Sendable {
    private let descriptor: Int32

    /// Locks the file. Creates the file and its folder when they do not exist.
    ///
    /// - Throws: `StoreError.misconfigured` when the file cannot be opened or another process has locked it.
    init(on path: String) throws {
        if let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            try FileManager.default.createDirectory(atPath: String(path[..<slash]), withIntermediateDirectories: true)
        }
        descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw StoreError.misconfigured("\(path) cannot be opened: \(String(cString: strerror(errno))).")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw StoreError.misconfigured("\(path) is in use by another process; an SQLite file belongs to one.")
        }
    }

    deinit { close(descriptor) }
}
