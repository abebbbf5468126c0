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
    var scenario: Scenario

    @Option(help: "The seed of the plan.")
    var seed: UInt64 = 42

    @OptionGroup var plan: PlanArguments

    @Flag(help: "Run twice and compare the traces.")
    var twice = false

    @Option(help: "Plant a mutant; `simulator list` lists them.")
    var mutant: Mutant?

    @Option(help: "Run in real time against a deployed service: http://HOST:PORT.")
    var target: String?

    @Option(help: "The secret of the target's tokens. Default: JWT_SECRET.")
    var secret: String?

    @Option(help: "The folder to write plan, history, trace, JUnit XML and timeline to.")
    var report: String?

    @Option(help: "The file to save a failing plan to. Default: FAIL.json.")
    var save: String?

    func validate() throws {
        if let mutant, !mutant.applies(to: plan.stores) {
            throw ValidationError("\(mutant.name) requires --stores services.")
        }
    }

    func run() async throws {
        var options = plan.options
        if target != nil {
            options.world = .remote
            options.begin = SystemClock().now()
            options.until = options.until ?? 120_000
            options.bookings = options.bookings ?? 20
            let leads = (ProcessEnvironment.value("REMINDER_LEAD_MINUTES") ?? "10").split(separator: ",")
            options.leads = leads.compactMap { Double($0).map { Int64($0 * 60_000) } }
            options.isPendingFirst = ProcessEnvironment.value("BOOKING_INITIAL_STATUS") == "pending"
        }
        var plan = scenario.plan(seed: seed, options)
        mutant?.plant(in: &plan)
        var simulation = Simulation(plan: plan, showsProgress: true)
        simulation.services = try await self.plan.services()
        simulation.target = try target.map { try RemoteTarget(url: $0, secret: secret) }
        try await Runner(simulation: simulation, report: report, save: save, replayLine: replayLine).run(twice: twice)
    }

    private var replayLine: String {
        var words = ["simulator run --scenario \(scenario.rawValue) --seed \(seed)"]
        if plan.world != .real { words.append("--world \(plan.world.rawValue)") }
        if plan.stores != .embedded { words.append("--stores \(plan.stores.rawValue)") }
        if let replicas = plan.replicas { words.append("--replicas \(replicas)") }
        if !plan.faults.names.isEmpty {
            words.append("--faults \(plan.faults.names.map(\.description).joined(separator: ","))")
        }
        if let until = plan.until { words.append("--until \(until)") }
        if let bookings = plan.bookings { words.append("--bookings \(bookings)") }
        if let mutant { words.append("--mutant \(mutant.name)") }
        if let target { words.append("--target \(target)") }
        return words.joined(separator: " ")
    }
}

/// Runs a plan, prints the verdict, and throws the exit status if it failed.
struct Runner {
    let simulation: Simulation
    var report: String?
    var save: String?
    let replayLine: String

    func run(twice: Bool) async throws {
        let first = try await runOnce()
        if let report { try ReportFolder(path: report).write(first.result, first.history, trace: first.trace.lines) }
        guard first.result.outcome == .passed else {
            try PlanFile.save(simulation.plan, to: save ?? "FAIL.json")
            print("replay: \(replayLine)\n    or: simulator replay \(save ?? "FAIL.json")")
            throw Self.status(of: first.result).code
        }
        guard twice else { return }
        let second = try await runOnce()
        if let difference = TraceDiff.first(first.trace.lines, second.trace.lines) {
            print("not deterministic:\n\(difference)\nreplay: \(replayLine) --twice")
            throw ExitStatus.notDeterministic.code
        }
        print("  the same trace twice")
    }

    private func runOnce() async throws -> Simulation.Outcome {
        do {
            let outcome = try await simulation.run()
            Verdict.show(outcome)
            return outcome
        } catch let error as SimulatorError {
            print("\(error)\nreplay: \(replayLine)")
            throw Self.status(of: error).code
        }
    }

    static func status(of result: RunResult) -> ExitStatus {
        switch result.outcome {
        case .passed: .passed
        case .violated: .violated
        case .noConvergence: .noConvergence
        case .crashed: .crashed
        }
    }

    static func status(of error: SimulatorError) -> ExitStatus {
        switch error {
        case .usage: .usage
        case .servicesMissing: .servicesMissing
        case .crashed: .crashed
        }
    }
}

/// Plans saved as JSON files.
enum PlanFile {
    static func save(_ plan: Plan, to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        try encoder.encode(plan).write(to: URL(filePath: path))
    }

    static func read(_ path: String) throws -> Plan {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw SimulatorError.usage("\(path) cannot be read")
        }
        do { return try JSONDecoder().decode(Plan.self, from: data) } catch {
            throw SimulatorError.usage("\(path) is not a plan: \(error)")
        }
    }
}
