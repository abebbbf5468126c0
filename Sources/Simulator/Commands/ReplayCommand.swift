import ArgumentParser
import Bookings
import SimulationKit

struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Run a saved plan again.")

    @Argument(help: "The file of the plan: FAIL.json, or run.json of a report.")
    var path: String

    @Flag(help: "Run twice and compare the traces.")
    var twice = false

    @Option(help: "The folder to write plan, history, trace, JUnit XML and timeline to.")
    var report: String?

    func run() async throws {
        let plan = try PlanFile.read(path)
        var simulation = Simulation(plan: plan, showsProgress: true)
        if plan.settings.stores == .services { simulation.services = try await EphemeralStores.start() }
        try await Runner(simulation: simulation, report: report, save: path, replayLine: "simulator replay \(path)")
            .run(twice: twice)
    }
}
