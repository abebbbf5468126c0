import ArgumentParser
import Bookings
import Foundation

/// What a child process of the world `proc` runs: one replica, turned from outside over a pipe.
struct ReplicaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "replica", shouldDisplay: false)

    @Argument var setup: String

    func run() async throws {
        let setup = try JSONDecoder().decode(ReplicaSetup.self, from: Data(setup.utf8))
        let house = try await InProcessReplica.open(
            setup, shared: nil, endsOnSignal: true, onDeath: { kill(getpid(), SIGKILL) })
        Self.say(.listening(port: house.address.port))
        let (lines, continuation) = AsyncStream.makeStream(of: String.self)
        Thread.detachNewThread {
            while let line = readLine() { continuation.yield(line) }
            continuation.finish()
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await line in lines { Self.say(await Self.answer(line, house)) } }
            group.addTask { await house.ended() }
            await group.next()
            group.cancelAll()
        }
        // Its world is gone, or it ended in order.
        Foundation.exit(0)
    }

    private static func answer(_ line: String, _ house: InProcessReplica) async -> ReplicaReply {
        do {
            switch try JSONDecoder().decode(ReplicaRequest.self, from: Data(line.utf8)) {
            case .state: return .state(house.state())
            case .counts: return .counts(house.counts())
            case .head: return .head(try await house.head())
            case .setTime(let instant): house.setTime(instant)
            case .runTimers: house.runTimers()
            case .set(let change): house.set(change)
            case .wake: house.wake()
            case .stepClock(let milliseconds): house.stepClock(by: .milliseconds(milliseconds))
            }
            return .done
        } catch {
            return .failed("\(error)")
        }
    }

    private static func say(_ reply: ReplicaReply) {
        guard let data = try? JSONEncoder().encode(reply) else { return }
        FileHandle.standardOutput.write(data + Data("\n".utf8))
    }
}
