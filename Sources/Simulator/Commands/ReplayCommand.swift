import ArgumentParser
import Bookings
import SimulationKit

struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Run a saved plan again, as it was drawn or shrunk.")

    @Argument(help: "The plan: FAIL.json, or the run.json of a report.")
    var path: String

    @Flag(help: "Run twice, and compare the traces.")
    var twice = false

    @Option(help: "Write plan, history, trace, JUnit XML and timeline into this folder.")
    var report: String?

    func run() async throws {
        let plan = try PlanFile.read(path)
        var simulation = Simulation(plan: plan, showsProgress: true)
        if plan.settings.stores == .services { simulation.services = try await EphemeralStores.start() }
        try await Runner(simulation: simulation, report: report, save: path, replayLine: "simulator replay \(path)")
            .run(twice: twice)
    }
}
