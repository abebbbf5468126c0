import Bookings
import Foundation
import Synchronization

/// Runs one replica in this process, controlled through standard input and output.
package enum ReplicaServer {
    /// Opens the replica, answers one `ReplicaRequest` a line, and exits the process when the replica has ended or its
    /// input is closed. The replica dies by a real SIGKILL.
    ///
    /// - Parameter setup: A `ReplicaSetup` as JSON.
    package static func run(setup: String) async throws -> Never {
        let setup = try JSONDecoder().decode(ReplicaSetup.self, from: Data(setup.utf8))
        let replica = try await InProcessReplica.open(
            setup, shared: nil, endsOnSignal: true,
            onDeath: {
                send(.dying)
                kill(getpid(), SIGKILL)
            })
        send(.listening(port: replica.address.port))
        let (lines, continuation) = AsyncStream.makeStream(of: String.self)
        Thread.detachNewThread {
            while let line = readLine() { continuation.yield(line) }
            continuation.finish()
        }
        // The replica goes on when the simulator is gone, so that its end is not waited for once the input is closed.
        Task {
            await replica.ended()
            exit(0)
        }
        for await line in lines { send(await reply(to: line, from: replica)) }
        exit(0)
    }

    private static func reply(to line: String, from replica: InProcessReplica) async -> ReplicaReply {
        do {
            switch try JSONDecoder().decode(ReplicaRequest.self, from: Data(line.utf8)) {
            case .state: return .state(replica.state())
            case .counts: return .counts(replica.counts())
            case .head: return .head(try await replica.head())
            case .setTime(let instant): replica.setTime(instant)
            case .runTimers: replica.runTimers()
            case .set(let change): replica.set(change)
            case .wake: replica.wake()
            case .stepClock(let milliseconds): replica.stepClock(by: .milliseconds(milliseconds))
            }
            return .done
        } catch {
            return .failed("\(error)")
        }
    }

    /// Writes the reply at once, as a line that no other reply interrupts.
    private static func send(_ reply: ReplicaReply) {
        guard let data = try? JSONEncoder().encode(reply) else { return }
        let line = Array(data) + [UInt8(ascii: "\n")]
        output.withLock { _ in
            var rest = line[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }

    private static let output = Mutex(())
}
