import FoundationEssentials

/// The versions from which the simulator was built, for reports and traces.
package enum Provenance {
    /// The version of the compiler, to its minor number.
    package static var swiftVersion: String {
        #if swift(>=6.4)
            "6.4 or newer"
        #elseif swift(>=6.3)
            "6.3"
        #elseif swift(>=6.2)
            "6.2"
        #else
            "6"
        #endif
    }

    /// Returns the commit that is checked out in `folder` or the nearest folder above it with a `.git` folder, or
    /// `unknown` when there is none. Reads git's own files instead of running git.
    package static func commit(in folder: String = FileManager.default.currentDirectoryPath) -> String {
        var folder = URL(filePath: folder)
        while true {
            if let head = contents(of: folder.appending(path: ".git/HEAD")) {
                return resolve(head, in: folder.appending(path: ".git")) ?? "unknown"
            }
            guard folder.path() != "/", !folder.path().isEmpty else { return "unknown" }
            folder = folder.deletingLastPathComponent()
        }
    }

    /// `HEAD` holds a commit, or the name of a branch, which is a file or a line of `packed-refs`.
    private static func resolve(_ head: String, in git: URL) -> String? {
        guard head.hasPrefix("ref: ") else { return head }
        let name = String(head.dropFirst(5))
        if let commit = contents(of: git.appending(path: name)) { return commit }
        let packed = contents(of: git.appending(path: "packed-refs"))?.split(separator: "\n") ?? []
        return packed.first { $0.hasSuffix(" \(name)") }.map { String($0.prefix { $0 != " " }) }
    }

    /// Returns the file without trailing newlines, or `nil` when it cannot be read.
    private static func contents(of file: URL) -> String? {
        guard var contents = try? String(contentsOfFile: file.path(), encoding: .utf8) else { return nil }
        while contents.last?.isNewline ?? false { contents.removeLast() }
        return contents
    }
}
