import Bookings
import FoundationEssentials
import Glibc
import ServiceLifecycle

/// Gives back the pages of code that only the start needed.
///
/// A start looks through the descriptions of all types in the program; what it has touched stays resident, fifteen
/// megabytes of it, though nobody looks there again. The pages lie unchanged in the files: what is needed after all is
/// mapped again from there.
struct StartPages: Service {
    func run() async throws {
        try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(1)) }
        Self.release()
        try? await gracefulShutdown()
    }

    /// Executable mappings of files; none of them was ever writable, so none holds what its file does not.
    private static func release() {
        guard let maps = try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8) else { return }
        for line in maps.split(separator: "\n") {
            // "start-end permissions offset device inode path" (proc(5)).
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            guard words.count == 6, words[1] == "r-xp", words[5].hasPrefix("/") else { continue }
            let bounds = words[0].split(separator: "-").compactMap { UInt(String($0), radix: 16) }
            guard bounds.count == 2, let start = UnsafeMutableRawPointer(bitPattern: bounds[0]) else { continue }
            madvise(start, Int(bounds[1] - bounds[0]), MADV_DONTNEED)
        }
    }
}
