import FoundationEssentials
import Synchronization

/// The temporary folders of this process that exist.
package enum TemporaryFolders {
    private static let paths = Mutex<Set<String>>([])

    fileprivate static func make() throws -> String {
        let path = FileManager.default.temporaryDirectory.appending(path: "bookings-run-\(UUID().uuidString)").path()
        paths.withLock { _ = $0.insert(path) }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    fileprivate static func remove(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
        paths.withLock { _ = $0.remove(path) }
    }

    /// Deletes all of them, before the process ends without deleting its values.
    package static func removeAll() {
        for path in paths.withLock({ $0 }) { remove(path) }
    }
}

/// A temporary folder that is deleted with the value.
final class RunFolder: Sendable {
    let path: String

    init() throws { path = try TemporaryFolders.make() }

    deinit { TemporaryFolders.remove(path) }

    var database: String { "sqlite:\(path)/bookings.sqlite" }
}
