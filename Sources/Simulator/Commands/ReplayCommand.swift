import ArgumentParser
import Bookings
import BookingsRuntime
import SimulationKit

struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Run a saved plan again.")

    @Argument(help: "The file of the plan: FAIL.json, or run.json or plan.json of a report.")
    var path: String

    @OptionGroup var deployed: TargetArguments

    @Flag(help: "Run twice and compare the traces.")
    var twice = false

    @Option(help: "The folder to write plan, history, trace, JUnit XML and timeline to.", completion: .directory)
    var report: String?

    func run() async throws {
        var plan = try PlanFile.read(path)
        let target = try deployed.remote(for: plan)
        if target != nil { plan = plan.beginning(at: SystemClock().now()) }
        var simulation = Simulation(plan: plan, showsProgress: true)
        simulation.target = target
        if plan.settings.stores == .services { simulation.services = try await EphemeralStores.start() }
        let line = "simulator replay \(path)" + (deployed.target.map { " --target \($0)" } ?? "")
        try await Runner(simulation: simulation, report: report, replayLine: line).run(twice: twice)
    }
}
