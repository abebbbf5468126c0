import Bookings
import Foundation

/// A request to a replica that is a process, as one line of JSON; it is answered by one line.
enum ReplicaRequest: Codable, Sendable {
    case state
    case counts
    case head
    case setTime(Timestamp)
    case runTimers
    case set(ReplicaFaultState.Change)
    case wake
    case stepClock(Int64)
}

enum ReplicaReply: Codable, Sendable {
    case listening(port: Int)
    case state(ReplicaState)
    case counts(ReplicaCounts)
    case head(Int64)
    case done
    case failed(String)
}

/// A replica in a process of its own, which can be killed by SIGKILL.
final class ReplicaProcess: Replica {
    let address: Address
    private let line: Line

    /// Starts the process and waits until it listens.
    ///
    /// - Parameter program: The simulator's executable, whose command `replica` runs a replica.
    static func open(_ setup: ReplicaSetup, program: String) async throws -> ReplicaProcess {
        let text = String(decoding: try JSONEncoder().encode(setup), as: UTF8.self)
        let process = try ChildProcess(
            program, ["replica", text],
            in: URL(fileURLWithPath: FileManager.default.currentDirectoryPath), takesInput: true)
        let line = Line(process)
        guard case .listening(let port) = try await line.read() else {
            throw SimulatorError.crashed("a replica's process did not come up")
        }
        return ReplicaProcess(address: Address(port: port), line: line)
    }

    private init(address: Address, line: Line) {
        self.address = address
        self.line = line
    }

    /// The process and its pipes; one request at a time.
    private actor Line {
        nonisolated let pid: pid_t
        private let process: ChildProcess
        private var lines: AsyncStream<String>.AsyncIterator
        private var turn: Task<ReplicaReply, any Error>?

        init(_ process: ChildProcess) {
            self.process = process
            pid = process.pid
            lines = process.lines.makeAsyncIterator()
        }

        func ask(_ request: ReplicaRequest) async throws -> ReplicaReply {
            let text = String(decoding: try JSONEncoder().encode(request), as: UTF8.self)
            let before = turn
            let mine = Task { () throws -> ReplicaReply in
                _ = try? await before?.value
                guard process.send(text) else { throw Gone() }
                return try await read()
            }
            turn = mine
            return try await mine.value
        }

        func read() async throws -> ReplicaReply {
            var lines = lines
            defer { self.lines = lines }
            guard let text = await lines.next(isolation: self) else { throw Gone() }
            guard let reply = try? JSONDecoder().decode(ReplicaReply.self, from: Data(text.utf8)) else {
                throw SimulatorError.crashed(text)
            }
            return reply
        }

        func kill() { process.kill() }
        func stop() -> Int32 { process.stop() }
    }

    private struct Gone: Error {}

    // MARK: - Replica

    /// Whether the process has ended; it is a zombie until `kill` reaps it.
    var isDead: Bool {
        guard let text = try? String(contentsOfFile: "/proc/\(line.pid)/stat", encoding: .utf8) else { return true }
        return text.drop { $0 != ")" }.dropFirst(2).first == "Z"
    }

    func state() async throws -> ReplicaState {
        guard case .state(let state)? = try await ask(.state) else { return ReplicaState(isDead: true) }
        return state
    }

    func counts() async throws -> ReplicaCounts {
        guard case .counts(let counts)? = try await ask(.counts) else { return ReplicaCounts() }
        return counts
    }

    func head() async throws -> Int64 {
        guard case .head(let head)? = try await ask(.head) else { return 0 }
        return head
    }

    func setTime(_ instant: Timestamp) async throws { _ = try await ask(.setTime(instant)) }
    func runTimers() async throws { _ = try await ask(.runTimers) }
    func set(_ change: ReplicaFaultState.Change) async throws { _ = try await ask(.set(change)) }
    func wake() async throws { _ = try await ask(.wake) }
    func stepClock(by jump: Duration) async throws { _ = try await ask(.stepClock(jump.wholeMilliseconds)) }
    func kill() async { await line.kill() }

    func terminate() async throws {
        let status = await line.stop()
        if status != 0 { throw SimulatorError.crashed("a replica ended in order with status \(status)") }
    }

    /// Returns `nil` if the process has died.
    private func ask(_ request: ReplicaRequest) async throws -> ReplicaReply? {
        do {
            let reply = try await line.ask(request)
            if case .failed(let reason) = reply { throw SimulatorError.crashed(reason) }
            return reply
        } catch is Gone {
            return nil
        }
    }
}
