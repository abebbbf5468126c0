import ArgumentParser
import FoundationEssentials
import SimulationKit

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make a plan of what `BookingsServer export` wrote.",
        discussion:
            "`simulator replay` runs the plan, `simulator shrink` makes it small. What cannot come back is listed.")

    @Argument(help: "The file of the export.", completion: .file())
    var path: String

    @Option(name: [.short, .customLong("output")], help: "The file to write the plan to.")
    var output = "PLAN.json"

    @Option(help: "The number of replicas.")
    var replicas = 3

    @Option(help: "The seed of ids and random choices.")
    var seed: UInt64 = 42

    @Option(help: "Plant a mutant; `simulator list` lists them.")
    var mutant: Mutant?

    func run() async throws {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw SimulatorError.usage("\(path) cannot be read.")
        }
        let file: ExportFile
        do { file = try ExportFile(String(decoding: data, as: UTF8.self)) } catch SimulatorError.usage(let reason) {
            throw SimulatorError.usage("\(path): \(reason).")
        }
        let name = URL(filePath: path).deletingPathExtension().lastPathComponent
        let imported = ImportedPlan(file, name: name, replicas: replicas, seed: seed)
        var plan = imported.plan
        mutant?.plant(in: &plan)
        let problems = PlanValidation.problems(in: plan)
        guard problems.isEmpty else {
            throw SimulatorError.usage("\(path) makes no plan:\n" + problems.map { "  \($0)" }.joined(separator: "\n"))
        }
        try PlanFile.save(plan, to: output)
        print("\(output): \(plan.size) operations")
        for loss in imported.losses { print("does not come back: \(loss)") }
        print("replay: simulator replay \(output)")
    }
}
