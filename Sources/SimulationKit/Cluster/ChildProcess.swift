import Foundation
import Glibc
import Synchronization

/// A child process that is read line by line, by a thread of its own.
package final class ChildProcess {
    struct NotSpawned: Error {
        let executable: String
        let code: Int32
    }

    package let pid: pid_t
    private var status: Int32?
    /// The descriptor of its standard input; -1 without one.
    private let input: Int32
    /// The lines of its standard output and standard error; ends when both are closed.
    package let lines: AsyncStream<String>

    package init(
        _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:], in folder: URL,
        takesInput: Bool = false
    ) throws {
        let outputs = try Self.makePipe(for: executable)
        let inputs = takesInput ? try Self.makePipe(for: executable) : [-1, -1]
        input = inputs[1]
        let environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"]
            .merging(environment) { $1 }
        pid = try Self.spawn(
            executable, arguments, environment, in: folder.path, input: inputs[0], output: outputs[1])
        let pid = pid
        Self.running.withLock { _ = $0.insert(pid) }
        close(outputs[1])
        if takesInput { close(inputs[0]) }
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        lines = stream
        let output = outputs[0]
        Thread.detachNewThread { Self.readLines(from: output, into: continuation) }
    }

    deinit {
        kill()
        if input >= 0 { close(input) }
    }

    private static func makePipe(for executable: String) throws -> [Int32] {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw NotSpawned(executable: executable, code: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return ends
    }

    /// The children of this process that were not reaped.
    private static let running = Mutex<Set<pid_t>>([])

    /// Kills all children, before the process ends without deleting its values.
    static func killAll() {
        for pid in running.withLock({ $0 }) {
            Glibc.kill(pid, SIGKILL)
            var word: Int32 = 0
            waitpid(pid, &word, 0)
        }
    }

    private func note(_ word: Int32) -> Int32 {
        let status = Self.status(of: word)
        self.status = status
        let pid = pid
        Self.running.withLock { _ = $0.remove(pid) }
        return status
    }

    /// Writes a line to its standard input. Returns `false` if the child does not read any more.
    package func send(_ line: String) -> Bool {
        let bytes = Array((line + "\n").utf8)
        return bytes.withUnsafeBytes { write(input, $0.baseAddress, $0.count) } == bytes.count
    }

    private static func spawn(
        _ executable: String, _ arguments: [String], _ environment: [String: String], in folder: String,
        input: Int32, output: Int32
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if input >= 0 { posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO) }
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        // `env -C` changes the working directory, which `posix_spawn` cannot everywhere, and becomes the program.
        let env = "/usr/bin/env"
        var argv = ([env, "-C", folder, executable] + arguments).map { strdup($0) } + [nil]
        var environ = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for string in argv + environ { free(string) } }
        closeDescriptorsOnExec()
        var pid: pid_t = 0
        let code = posix_spawn(&pid, env, &actions, &attributes, &argv, &environ)
        guard code == 0 else { throw NotSpawned(executable: executable, code: code) }
        return pid
    }

    /// Keeps children from inheriting files and connections: a daemon that a script leaves running would hold them open
    /// after they are closed here.
    private static func closeDescriptorsOnExec() {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        for file in files.compactMap({ Int32($0) }) where file > STDERR_FILENO {
            _ = fcntl(file, F_SETFD, FD_CLOEXEC)
        }
    }

    private static func readLines(from output: Int32, into lines: AsyncStream<String>.Continuation) {
        var rest: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(output, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            rest += chunk[..<count]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                lines.yield(String(decoding: rest[..<end], as: UTF8.self))
                rest.removeFirst(end + 1)
            }
        }
        if !rest.isEmpty { lines.yield(String(decoding: rest, as: UTF8.self)) }
        close(output)
        lines.finish()
    }

    /// Kills the child with SIGKILL, and reaps it.
    func kill() {
        guard status == nil else { return }
        Glibc.kill(pid, SIGKILL)
        exitStatus()
    }

    func signal(_ number: Int32) {
        Glibc.kill(pid, number)
    }

    /// Sends SIGTERM, waits for the end, and returns the exit status.
    package func stop() -> Int32 {
        Glibc.kill(pid, SIGTERM)
        return exitStatus()
    }

    /// Sends SIGTERM and waits for the end; a child that does not end within `limit`, in real time, is killed. Returns the
    /// exit status.
    nonisolated(nonsending) func stop(within limit: Duration) async -> Int32 {
        Glibc.kill(pid, SIGTERM)
        var waiting = StallDetector()
        while !reap(), waiting.waited < limit {
            try? await Task.sleep(for: .milliseconds(5))
            waiting.observe(hasChanged: false)
        }
        kill()
        return exitStatus()
    }

    /// Reaps the child if it has ended. Returns whether it has.
    private func reap() -> Bool {
        guard status == nil else { return true }
        var word: Int32 = 0
        guard waitpid(pid, &word, WNOHANG) == pid else { return false }
        _ = note(word)
        return true
    }

    private static func status(of word: Int32) -> Int32 {
        let signal = word & 0x7f
        return signal == 0 ? (word >> 8) & 0xff : 128 + signal
    }

    /// Waits for the end and returns the exit status; 128 plus the signal's number for a child that a signal ended.
    @discardableResult
    func exitStatus() -> Int32 {
        if let status { return status }
        var word: Int32 = 0
        while waitpid(pid, &word, 0) < 0, errno == EINTR {}
        return note(word)
    }
}
