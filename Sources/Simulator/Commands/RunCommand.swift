import ArgumentParser
import Bookings
import BookingsHTTP
import BookingsRuntime
import FoundationEssentials
import SimulationKit

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a scenario and check the invariants.")

    @Option(help: "The scenario: \(Scenario.allCases.map(\.rawValue).joined(separator: ", ")).")
    var scenario: Scenario?

    @Option(help: "A scenario file in YAML or JSON, instead of --scenario.", completion: .file())
    var file: String?

    @Option(help: "The seed of the plan. Default: 42, or the file's.")
    var seed: UInt64?

    @OptionGroup var plan: PlanArguments

    @Flag(help: "Run twice and compare the traces.")
    var twice = false

    @Option(help: "Plant a mutant; `simulator list` lists them.")
    var mutant: Mutant?

    @OptionGroup var deployed: TargetArguments

    @Flag(help: "With --target: wait until timed reminders are due, and judge them (the lead and a minute).")
    var reminders = false

    @Option(help: "The folder to write plan, history, trace, JUnit XML and timeline to.", completion: .directory)
    var report: String?

    @Option(help: "The file to save a failing plan to. Default: FAIL.json.")
    var save: String?

    func validate() throws {
        guard (scenario == nil) != (file == nil) else { throw ValidationError("--scenario or --file is required.") }
        if reminders, deployed.target == nil { throw ValidationError("--reminders is for --world remote.") }
        if let mutant, !mutant.applies(to: plan.stores) {
            throw ValidationError("\(mutant.name) requires --stores services.")
        }
        guard deployed.target == nil else { return try validateRemote() }
        if plan.world == .remote { throw ValidationError("--world remote requires --target.") }
    }

    private func validateRemote() throws {
        guard plan.world == nil || plan.world == .remote else {
            throw ValidationError("--target is for --world remote.")
        }
        if let fault = plan.faults.names.first(where: { !$0.actsOnClients }) {
            throw ValidationError("\(fault.name) cannot be injected into a deployed service.")
        }
        if let mutant, mutant.needsReplicas {
            throw ValidationError("\(mutant.name) cannot be planted in a deployed service.")
        }
    }

    func run() async throws {
        var plan = try drawn()
        mutant?.plant(in: &plan)
        var simulation = Simulation(plan: plan, showsProgress: true)
        simulation.services = plan.settings.stores == .services ? try await EphemeralStores.start() : nil
        simulation.target = try deployed.remote()
        try await Runner(simulation: simulation, report: report, save: save, replayLine: replayLine).run(twice: twice)
    }

    private func drawn() throws -> Plan {
        let options = deployed.target == nil ? plan.options : remoteOptions
        if let file { return try ScenarioFileReader.read(file).plan(seed: seed, options, of: file) }
        guard let scenario else { preconditionFailure("The arguments were validated.") }
        return scenario.plan(seed: seed ?? 42, options)
    }

    /// The configuration of the deployed service, by the same variables as its own.
    private var remoteOptions: PlanOptions {
        var options = plan.options
        options.world = .remote
        options.begin = SystemClock().now()
        options.bookings = options.bookings ?? 20
        let leads = (ProcessEnvironment.value("REMINDER_LEAD_MINUTES") ?? "10").split(separator: ",")
        options.leads = leads.compactMap { Double($0).map { Int64($0 * 60_000) } }
        options.isPendingFirst = ProcessEnvironment.value("BOOKING_INITIAL_STATUS") == "pending"
        options.timesReminders = reminders
        if file == nil { options.until = options.until ?? (reminders ? (options.leads?.max() ?? 0) + 60_000 : 120_000) }
        return options
    }

    private var replayLine: String {
        var words = ["simulator run"]
        if let scenario { words.append("--scenario \(scenario.rawValue)") }
        if let file { words.append("--file \(file)") }
        if let seed = seed ?? (file == nil ? 42 : nil) { words.append("--seed \(seed)") }
        if let world = plan.world, deployed.target == nil { words.append("--world \(world.rawValue)") }
        if plan.stores != .embedded { words.append("--stores \(plan.stores.rawValue)") }
        if let replicas = plan.replicas { words.append("--replicas \(replicas)") }
        if !plan.faults.names.isEmpty {
            words.append("--faults \(plan.faults.names.map(\.description).joined(separator: ","))")
        }
        if plan.faultsTogether { words.append("--faults-together") }
        if let duration = plan.duration { words.append("--duration \(duration)") }
        if let bookings = plan.bookings { words.append("--bookings \(bookings)") }
        if !plan.without.kinds.isEmpty { words.append("--without \(plan.without)") }
        if let mutant { words.append("--mutant \(mutant.name)") }
        if reminders { words.append("--reminders") }
        if let target = deployed.target { words.append("--target \(target)") }
        return words.joined(separator: " ")
    }
}
