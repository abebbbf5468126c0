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
    /// It passes an armed crash point, and kills itself next.
    case dying
}

/// A replica in a process of its own, which can be killed by SIGKILL.
final class ReplicaProcess: Replica {
    let address: Address
    private let line: ReplicaLine
    private let watchdog: Task<Void, Never>

    /// How long it may leave a request unanswered, in real time.
    private static let patience = Duration.seconds(5)
    /// How long it may take until it listens, in real time.
    private static let startPatience = Duration.seconds(60)

    /// Starts the process and waits until it listens.
    ///
    /// - Parameter program: The simulator's executable, whose command `replica` runs a replica.
    static func open(_ setup: ReplicaSetup, program: String) async throws -> ReplicaProcess {
        let text = String(decoding: try JSONEncoder().encode(setup), as: UTF8.self)
        let process = try ChildProcess(
            program, ["replica", text],
            in: URL(fileURLWithPath: FileManager.default.currentDirectoryPath), takesInput: true)
        let line = ReplicaLine(process)
        let start = line.killWhenSilent(for: startPatience)
        defer { start.cancel() }
        guard case .listening(let port)? = try? await line.read() else {
            throw SimulatorError.crashed("the process of replica \(setup.number) did not come up")
        }
        return ReplicaProcess(address: Address(port: port), line: line)
    }

    private init(address: Address, line: ReplicaLine) {
        self.address = address
        self.line = line
        watchdog = line.killWhenSilent(for: Self.patience, askingEvery: .seconds(1))
    }

    deinit { watchdog.cancel() }

    // MARK: - Replica

    /// Whether the process has ended; it is a zombie until `kill` reaps it.
    var isDead: Bool {
        guard let text = try? String(contentsOfFile: "/proc/\(line.pid)/stat", encoding: .utf8) else { return true }
        return text.drop { $0 != ")" }.dropFirst(2).first == "Z"
    }

    func diedAtCrashPoint() async throws -> Bool {
        if line.wasSilent { throw Self.silence }
        return await line.hasAnnouncedDeath()
    }

    private static let silence = Cluster.NoConvergence(
        description: "the process of a replica has not answered for \(patience)")

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
        let status = await line.stop(within: Self.patience)
        guard status != 0, try await !diedAtCrashPoint() else { return }
        throw SimulatorError.crashed("a replica that was sent SIGTERM ended with status \(status)")
    }

    /// Returns `nil` if the process has died.
    ///
    /// - Throws: `Cluster.NoConvergence` if it was killed because it did not answer.
    private func ask(_ request: ReplicaRequest) async throws -> ReplicaReply? {
        do {
            let reply = try await line.ask(request)
            if case .failed(let reason) = reply { throw SimulatorError.crashed("a replica failed: \(reason)") }
            return reply
        } catch is ReplicaLine.Gone {
            if line.wasSilent { throw Self.silence }
            return nil
        }
    }
}
