import ArgumentParser
import Bookings
import FoundationEssentials

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "run", abstract: "Run a scenario and judge it.")

    @Option(help: "reminders, pagination or dedupe.")
    var scenario: Scenario

    @Option(help: "The seed; the run is a function of it.")
    var seed: UInt64 = 42

    @Option(help: "How much virtual time passes: 12h, 1d, 7d.")
    var until: VirtualSpan = VirtualSpan(hours: 24)

    @Flag(help: "Run twice, and compare the traces.")
    var twice = false

    @Option(help: "Plant a bug: \(Mutant.allCases.map(\.rawValue).joined(separator: ", ")).")
    var mutant: Mutant?

    @Option(help: "Write the trace into this folder.")
    var report: String?

    func run() async throws {
        let first = try await once()
        if let report { try write(first, to: report) }
        guard first.violations.isEmpty else { throw fail(first) }
        guard twice else { return }
        let second = try await once()
        guard second.trace.hash == first.trace.hash else {
            let line = zip(first.trace.lines, second.trace.lines).enumerated().first { $0.element.0 != $0.element.1 }
            print(
                "not deterministic: the traces differ from line \(line?.offset ?? min(first.trace.lines.count, second.trace.lines.count)) on"
            )
            print("  \(line?.element.0 ?? "(end)")\n  \(line?.element.1 ?? "(end)")")
            throw ExitCode(4)
        }
        print("  the same trace twice")
    }

    private func once() async throws -> Simulation.Outcome {
        let simulation = Simulation(scenario: scenario, seed: seed, until: until.duration, mutant: mutant)
        do {
            let outcome = try await simulation.run()
            print(outcome.summary)
            return outcome
        } catch let error as World.NoConvergence {
            print("no convergence: \(error)\nreplay: \(replayLine)")
            throw ExitCode(2)
        }
    }

    private func fail(_ outcome: Simulation.Outcome) -> ExitCode {
        for violation in outcome.violations.prefix(5) { print("violated \(violation)") }
        if outcome.violations.count > 5 { print("… and \(outcome.violations.count - 5) more") }
        print("replay: \(replayLine)")
        return ExitCode(1)
    }

    private var replayLine: String {
        "simulator run --scenario \(scenario.rawValue) --seed \(seed) --until \(until)"
            + (mutant.map { " --mutant \($0.rawValue)" } ?? "")
    }

    private func write(_ outcome: Simulation.Outcome, to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let text = outcome.trace.lines.joined(separator: "\n") + "\n"
        try text.write(toFile: "\(folder)/\(scenario.rawValue)-\(seed).jsonl", atomically: true, encoding: .utf8)
    }
}

extension Scenario: ExpressibleByArgument {}

/// `12h`, `1d`, `90m`.
struct VirtualSpan: ExpressibleByArgument, CustomStringConvertible {
    let duration: Duration

    init(hours: Int) {
        duration = .seconds(hours * 3600)
    }

    init?(argument: String) {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = argument.last.flatMap({ units[$0] }), let count = Int(argument.dropLast()), count > 0 else {
            return nil
        }
        duration = .seconds(count * unit)
    }

    var description: String { "\(Int(duration.inSeconds))s" }
}
