import Bookings
import FoundationEssentials
import SimulationKit
import Synchronization

/// A worker in a child process.
final class ProcessWorker: LoadWorker {
    private let child: Mutex<ChildProcess>
    private let lines: AsyncStream<String>

    /// - Parameter program: The simulator's executable, whose command `load-worker` runs a worker.
    init(program: String, settings: LoadSettings, process: Int, of processes: Int) throws {
        let child = try ChildProcess(
            program, ["load-worker"], environment: ProcessEnvironment.all, in: URL(fileURLWithPath: "/"),
            takesInput: true)
        lines = child.lines
        self.child = Mutex(child)
        send(.begin(settings, process: process, processes: processes))
    }

    private func send(_ request: WorkerRequest) {
        _ = child.withLock { $0.send(WorkerMessage.line(request)) }
    }

    /// Sends a request, and returns its reply; seconds that come before it go to `onSecond`.
    private func ask(
        _ request: WorkerRequest, onSecond: (LoadProgress) -> Void = { _ in }
    ) async throws -> WorkerReply {
        send(request)
        var last = "no reply"
        for await line in lines {
            guard let reply: WorkerReply = WorkerMessage.read(line) else {
                last = line
                continue
            }
            switch reply {
            case .second(let progress): onSecond(progress)
            case .failed(let reason): throw LoadError.workerEnded(reason)
            case .prepared, .lead, .measured, .done: return reply
            }
        }
        throw LoadError.workerEnded(last)
    }

    func prepare() async throws -> LoadPreparation {
        guard case .prepared(let preparation) = try await ask(.prepare) else { throw Self.confused }
        return preparation
    }

    func reportedLead() async throws -> Duration {
        guard case .lead(let seconds) = try await ask(.lead) else { throw Self.confused }
        return .milliseconds(Int64((seconds * 1000).rounded()))
    }

    func arm(for begin: Timestamp, lead: Duration) async throws {
        _ = try await ask(.arm(begin: begin, leadSeconds: lead.inSeconds))
    }

    func run(_ step: LoadStep, onSecond: @escaping @Sendable (LoadProgress) -> Void) async throws -> LoadMeasures {
        guard case .measured(let measures) = try await ask(.run(step), onSecond: onSecond) else { throw Self.confused }
        return measures
    }

    func stop() async { send(.stop) }

    func close() async {
        _ = try? await ask(.close)
        child.withLock { _ = $0.stop() }
    }

    private static let confused = LoadError.workerEnded("it sent the reply to another request")
}
