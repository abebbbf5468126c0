import ArgumentParser
import SimulationKit

/// The process of one replica in the world `processes`; started by the simulator itself.
struct ReplicaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "replica", shouldDisplay: false)

    @Argument var setup: String

    func run() async throws {
        try await ReplicaServer.run(setup: setup)
    }
}
