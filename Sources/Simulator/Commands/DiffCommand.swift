import ArgumentParser
import Bookings
import BookingsHTTP
import FoundationEssentials
import SimulationKit

struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Say where two traces part.",
        discussion: "Exit status 0: they are the same; 4: they differ.")

    @Argument(help: "A trace, or a folder of a report.")
    var left: String

    @Argument(help: "Another one.")
    var right: String

    @Option(
        help: "The HTML file to show both runs in, with the first difference marked; both must be folders of reports.",
        completion: .file())
    var html: String?

    func run() async throws {
        let difference = TraceDiff.ofRuns(try Self.lines(of: left), try Self.lines(of: right))
        if let html {
            try OutputFile.write(
                HTMLReport(Self.run(of: left), Self.run(of: right), difference).document(), to: html)
        }
        guard let difference else {
            print("the same trace")
            return
        }
        print(difference)
        throw ExitStatus.notDeterministic.code
    }

    private static func run(of folder: String) throws -> (result: RunResult, history: History) {
        let report = ReportFolder(path: folder)
        guard let result = try? report.readResult(), let history = try? report.readHistory() else {
            throw ValidationError("\(folder) holds no report: run.json and history.json are to be there.")
        }
        return (result, history)
    }

    private static func lines(of path: String) throws -> [String] {
        var isFolder = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ValidationError("\(path) does not exist.")
        }
        let file = isFolder ? ReportFolder(path: path).trace : path
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw ValidationError("\(file) cannot be read.")
        }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
}
