import Bookings
import BookingsRuntime
import Foundation

/// The other side of `ProcessWorker`: reads requests from standard input, and writes replies to standard output.
package enum WorkerProcess {
    /// Runs until standard input ends, which it does when the parent ends.
    package static func run() async throws {
        var worker: LocalWorker?
        await withDiscardingTaskGroup { group in
            for await line in standardInput() {
                guard let request: WorkerRequest = WorkerMessage.read(line) else { continue }
                if case .begin(let settings, let process, let processes) = request {
                    worker = LocalWorker(settings: settings, clock: SystemClock(), process: process, of: processes)
                } else if let worker {
                    group.addTask { await serve(request, by: worker) }
                }
            }
            group.cancelAll()
        }
    }

    private static func serve(_ request: WorkerRequest, by worker: LocalWorker) async {
        do {
            guard let reply = try await reply(to: request, by: worker) else { return }
            write(reply)
        } catch {
            write(.failed(LoadError.describe(error)))
        }
    }

    private static func reply(to request: WorkerRequest, by worker: LocalWorker) async throws -> WorkerReply? {
        switch request {
        case .begin: return nil
        case .prepare: return .prepared(try await worker.prepare())
        case .lead: return .lead(seconds: try await worker.reportedLead().inSeconds)
        case .arm(let begin, let lead):
            try await worker.arm(for: begin, lead: .milliseconds(Int64((lead * 1000).rounded())))
            return .done
        case .run(let step): return .measured(try await worker.run(step) { write(.second($0)) })
        case .stop:
            await worker.stop()
            return nil
        case .close:
            await worker.close()
            return .done
        }
    }

    /// Standard output is flushed at each line. To flush all streams would wait for standard input, which another thread
    /// reads.
    private static func write(_ reply: WorkerReply) { print(WorkerMessage.line(reply)) }

    private static func standardInput() -> AsyncStream<String> {
        let (lines, continuation) = AsyncStream.makeStream(of: String.self)
        Thread.detachNewThread {
            while let line = readLine() { continuation.yield(line) }
            continuation.finish()
        }
        return lines
    }
}
