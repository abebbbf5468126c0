import ArgumentParser
import Bookings
import BookingsHTTP
import FoundationEssentials
import SimulationKit

struct TimelineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "timeline", abstract: "Draw what happened in a run, from the folder of its report.")

    @Argument(help: "The folder that --report wrote.", completion: .directory)
    var folder: String

    @Option(name: .shortAndLong, help: "The SVG file to write.")
    var output = "timeline.svg"

    func run() async throws {
        let report = ReportFolder(path: folder)
        guard let result = try? report.readResult(), let history = try? report.readHistory() else {
            throw ValidationError("\(folder) holds no report: run.json and history.json are to be there.")
        }
        let timeline = Timeline(history: history, plan: result.plan, violations: result.violations)
        try timeline.svg.write(toFile: output, atomically: true, encoding: .utf8)
        print(output)
    }
}
