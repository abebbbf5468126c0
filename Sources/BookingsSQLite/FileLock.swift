import Bookings
import FoundationEssentials
import Glibc

/// An advisory lock on the file itself, by whatever path it was reached, held until the process ends, however it ends.
///
/// `flock(2)` is apart from the byte-range locks that SQLite takes. The descriptor outlives the database's own: closing
/// it would drop those.
final class FileLock: Sendable {
    private let descriptor: Int32

    /// Makes the folder of the database, too.
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
