import Foundation
import Synchronization

/// A child process with its output, line by line.
final class ChildProcess {
    private let process = Process()
    /// What it writes to standard output and standard error; ends when it does.
    let lines: AsyncStream<String>

    init(
        _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:], in folder: URL
    ) throws {
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"]
            .merging(environment) { $1 }
        process.currentDirectoryURL = folder
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        lines = stream
        let splitter = LineSplitter()
        output.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            for line in splitter.lines(in: data) { continuation.yield(line) }
            guard data.isEmpty else { return }
            handle.readabilityHandler = nil
            continuation.finish()
        }
        try process.run()
    }

    deinit {
        kill()
    }

    /// SIGKILL: no chance to tidy up.
    func kill() {
        guard process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// SIGTERM, and the exit status that follows.
    func stop() -> Int32 {
        process.terminate()
        return exitStatus()
    }

    func exitStatus() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }
}

private final class LineSplitter: Sendable {
    private let rest = Mutex<[UInt8]>([])

    /// The lines that this data completes; empty data completes the last one.
    func lines(in data: Data) -> [String] {
        rest.withLock { rest in
            rest += data
            var lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let last = lines.removeLast()
            let complete = (data.isEmpty && !last.isEmpty ? lines + [last] : lines).map {
                String(decoding: $0, as: UTF8.self)
            }
            rest = Array(last)
            return complete
        }
    }
}
