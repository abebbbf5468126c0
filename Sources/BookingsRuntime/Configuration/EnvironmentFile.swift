import Bookings
import Glibc

/// The `.env` file of the working directory.
package enum EnvironmentFile {
    /// Why a file that is there does not count.
    package struct Unreadable: Error, CustomStringConvertible {
        let path: String
        let reason: String

        package var description: String { "\(path), line 1: the file cannot be read: \(reason)." }
    }

    private static let largest = 1 << 20

    /// The file's variables; none when there is no such file. Throws a line that names the file and the line in it.
    package static func read(_ path: String) throws -> [String: String] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return [:] }
            throw Unreadable(path: path, reason: String(cString: strerror(errno)))
        }
        defer { close(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = Glibc.read(file, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Unreadable(path: path, reason: String(cString: strerror(errno))) }
            if count == 0 { break }
            bytes += part.prefix(count)
            guard bytes.count <= largest else { throw Unreadable(path: path, reason: "it is larger than 1 MiB") }
        }
        return try DotEnv.parse(bytes)
    }
}
