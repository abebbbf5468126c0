import FoundationEssentials

/// What a run was built from.
enum Provenance {
    static var swiftVersion: String {
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

    /// The commit that is checked out in the folder or one above it, by git's own files; `unknown` outside of one.
    static func commit(in folder: String = FileManager.default.currentDirectoryPath) -> String {
        var folder = URL(filePath: folder)
        while true {
            if let head = text(folder.appending(path: ".git/HEAD")) {
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
        if let commit = text(git.appending(path: name)) { return commit }
        let packed = text(git.appending(path: "packed-refs"))?.split(separator: "\n") ?? []
        return packed.first { $0.hasSuffix(" \(name)") }.map { String($0.prefix { $0 != " " }) }
    }

    private static func text(_ file: URL) -> String? {
        guard var text = try? String(contentsOfFile: file.path(), encoding: .utf8) else { return nil }
        while text.last?.isNewline ?? false { text.removeLast() }
        return text
    }
}
