import ArgumentParser
import LoadTest

/// The process of a part of a load test; started by `load --workers`.
struct LoadWorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "load-worker", shouldDisplay: false)

    func run() async throws {
        // Ctrl-C reaches every process of the terminal; the parent decides what the first one means.
        Interruption.onFirstInterrupt {}
        OpenFiles.allowMany()
        try await WorkerProcess.run()
    }
}
