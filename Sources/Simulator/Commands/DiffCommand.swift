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

    func run() async throws {
        guard let difference = TraceDiff.first(try Self.lines(of: left), try Self.lines(of: right)) else {
            print("the same trace")
            return
        }
        print(difference)
        throw ExitCode(4)
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
