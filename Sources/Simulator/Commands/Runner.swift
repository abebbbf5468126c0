import ArgumentParser
import SimulationKit

/// Runs a plan, prints the verdict, and throws the exit status if it failed.
struct Runner {
    let simulation: Simulation
    var report: String?
    var save: String?
    let replayLine: String

    /// The file of a failing plan.
    private var savePath: String { save ?? "FAIL.json" }

    func run(twice: Bool) async throws {
        let folder = report.map { ReportFolder(path: $0) }
        try folder?.begin(with: simulation.plan)
        let first = try await runOnce()
        try folder?.write(first.result, first.history, trace: first.trace.lines)
        guard first.result.outcome == .passed else {
            try savePlan()
            throw ExitStatus(of: first.result.outcome).code
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
            print("replay: \(replayLine)")
            throw error
        }
    }

    private func savePlan() throws {
        try PlanFile.save(simulation.plan, to: savePath)
        print("replay: \(replayLine)\n    or: simulator replay \(savePath)")
    }
}
