import Glibc

/// Reads the `.env` file of the working directory.
package enum EnvironmentFile {
    /// The error for a file that exists and cannot be read.
    package struct Unreadable: Error, CustomStringConvertible {
        let path: String
        let reason: String

        /// The line for the operator.
        package var description: String { "\(path), line 1: the file cannot be read: \(reason)." }

        /// The error that the last system call reported.
        fileprivate static func systemError(_ path: String) -> Unreadable {
            Unreadable(path: path, reason: String(cString: strerror(errno)))
        }
    }

    private static let maximumBytes = 1 << 20

    /// Returns the variables of the file, or none when it does not exist.
    ///
    /// - Throws: `Unreadable`, or a `DotEnv.ParseError` that names the line.
    package static func read(_ path: String) throws -> [String: String] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return [:] }
            throw Unreadable.systemError(path)
        }
        defer { close(file) }
        return try DotEnv.parse(contents(of: file, path: path))
    }

    private static func contents(of file: Int32, path: String) throws(Unreadable) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Unreadable.systemError(path) }
            if count == 0 { return bytes }
            bytes += chunk.prefix(count)
            // A device or a mistaken path must not fill the memory.
            guard bytes.count <= maximumBytes else { throw Unreadable(path: path, reason: "it is larger than 1 MiB") }
        }
    }
}
