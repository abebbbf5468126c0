import Bookings
import FoundationEssentials
import Glibc

/// An advisory lock on `PATH.lock`, held until the process ends, however it ends.
final class FileLock: Sendable {
    private let descriptor: Int32

    /// Makes the folder of the database, too.
    init(beside path: String) throws {
        if let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            try FileManager.default.createDirectory(atPath: String(path[..<slash]), withIntermediateDirectories: true)
        }
        descriptor = Glibc.open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError.unavailable("\(path).lock cannot be opened (errno \(errno)).") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw StoreError.unavailable("\(path) is in use by another process; an SQLite file belongs to one.")
        }
    }

    deinit { close(descriptor) }
}
