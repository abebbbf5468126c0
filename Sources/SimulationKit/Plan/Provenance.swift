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

    /// The commit from which this executable was built, or `unknown` when its folder belongs to no git repository.
    package static let buildCommit: String = {
        let link = "/proc/self/exe"
        guard let program = try? FileManager.default.destinationOfSymbolicLink(atPath: link),
            let attributes = try? FileManager.default.attributesOfItem(atPath: program),
            let linked = attributes[.modificationDate] as? Date
        else { return "unknown" }
        return commit(in: URL(filePath: program).deletingLastPathComponent().path(), at: linked)
    }()

    /// Returns the commit that was checked out at an instant, in the repository that holds `folder`; `unknown` when none
    /// does. Reads git's own files instead of running git.
    ///
    /// The log of HEAD tells what was checked out when. Without one, as in a bare copy, it is the commit of today.
    package static func commit(in folder: String, at instant: Date) -> String {
        guard let git = gitFolder(above: URL(filePath: folder)) else { return "unknown" }
        let moves = (contents(of: git.appending(path: "logs/HEAD")) ?? "").split(separator: "\n").compactMap(Move.init)
        if let move = moves.last(where: { $0.at <= instant.timeIntervalSince1970 }) { return move.commit }
        return contents(of: git.appending(path: "HEAD")).flatMap { resolve($0, in: git) } ?? "unknown"
    }

    /// A line of the log of HEAD: `OLD NEW NAME <MAIL> SECONDS ZONE<TAB>MESSAGE`.
    private struct Move {
        let commit: String
        let at: Double

        init?(_ line: Substring) {
            let head = line.prefix { $0 != "\t" }.split(separator: " ")
            guard head.count >= 4, let at = Double(head[head.count - 2]) else { return nil }
            commit = String(head[1])
            self.at = at
        }
    }

    /// Returns the folder with git's files: `.git`, or the one that a worktree's file `.git` names.
    private static func gitFolder(above folder: URL) -> URL? {
        var folder = folder
        while true {
            let git = folder.appending(path: ".git")
            if let pointer = contents(of: git), pointer.hasPrefix("gitdir: ") {
                return file(String(pointer.dropFirst("gitdir: ".count)), in: folder)
            }
            if contents(of: git.appending(path: "HEAD")) != nil { return git }
            guard folder.path() != "/", !folder.path().isEmpty else { return nil }
            folder = folder.deletingLastPathComponent()
        }
    }

    /// `HEAD` holds a commit, or the name of a branch, which is a file or a line of `packed-refs`. A worktree shares its
    /// branches with the repository that `commondir` names.
    private static func resolve(_ head: String, in git: URL) -> String? {
        guard head.hasPrefix("ref: ") else { return head }
        let name = String(head.dropFirst("ref: ".count))
        let shared = contents(of: git.appending(path: "commondir")).map { file($0, in: git) } ?? git
        if let commit = contents(of: shared.appending(path: name)) { return commit }
        let packed = contents(of: shared.appending(path: "packed-refs"))?.split(separator: "\n") ?? []
        return packed.first { $0.hasSuffix(" \(name)") }.map { String($0.prefix { $0 != " " }) }
    }

    private static func file(_ path: String, in folder: URL) -> URL {
        path.hasPrefix("/") ? URL(filePath: path) : folder.appending(path: path)
    }

    /// Returns the file without trailing newlines, or `nil` when it cannot be read.
    private static func contents(of file: URL) -> String? {
        guard var contents = try? String(contentsOfFile: file.path(), encoding: .utf8) else { return nil }
        while contents.last?.isNewline ?? false { contents.removeLast() }
        return contents
    }
}
