import FoundationEssentials
import Synchronization

/// The temporary folders of this process that exist.
package enum TemporaryFolders {
    private static let paths = Mutex<Set<String>>([])

    /// How often the deletion of a folder is tried: a child process may be started in it meanwhile.
    private static let attempts = 20

    fileprivate static func make() throws -> String {
        let path = FileManager.default.temporaryDirectory.appending(path: "bookings-run-\(UUID().uuidString)").path()
        try paths.withLock { paths in
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            paths.insert(path)
        }
        return path
    }

    fileprivate static func remove(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
        paths.withLock { _ = $0.remove(path) }
    }

    /// Kills all child processes, which write into the folders, deletes the folders, and ends the process, which can make
    /// no more of them meanwhile.
    package static func removeAll(andThen end: () -> Never) -> Never {
        paths.withLock { paths -> Never in
            ChildProcess.killAll()
            for path in paths {
                for _ in 0..<attempts where FileManager.default.fileExists(atPath: path) {
                    try? FileManager.default.removeItem(atPath: path)
                }
            }
            end()
        }
    }
}

/// A temporary folder that is deleted with the value.
final class RunFolder: Sendable {
    let path: String

    init() throws { path = try TemporaryFolders.make() }

    deinit { TemporaryFolders.remove(path) }

    var database: String { "sqlite:\(path)/bookings.sqlite" }
}
