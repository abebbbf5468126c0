import ArgumentParser
import SimulationKit

#if canImport(Glibc)
    @preconcurrency import Glibc
#endif

@main
struct Simulator: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulator",
        abstract: "Runs the service on a virtual clock with faults, and checks its invariants.",
        subcommands: [
            RunCommand.self, ServeCommand.self, ConformCommand.self, SoakCommand.self, SweepCommand.self,
            ReplayCommand.self,
            ShrinkCommand.self,
            ImportCommand.self,
            MutantsCommand.self, FarmCommand.self, LoadCommand.self, LoadWorkerCommand.self, TokenCommand.self,
            ListCommand.self, DiffCommand.self,
            TimelineCommand.self, ReplicaCommand.self,
        ])

    static func main() async {
        // Each line is flushed, so that a reader of a file or a pipe sees it at once.
        setvbuf(stdout, nil, _IOLBF, 0)
        Interruption.prepare()
        do {
            var command = try await asyncParseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            end(with: error)
        }
    }

    /// Ends the process with the exit status of the error: what no command names is a bug of the simulator.
    private static func end(with error: any Error) -> Never {
        let status: ExitCode
        switch error {
        case let error as SimulatorError:
            Progress.show("Error: \(error)")
            status = ExitStatus(of: error).code
        case is ExitCode: exit(withError: error)
        default:
            // What ArgumentParser throws has a status of its own: 0 for help, 64 for arguments.
            guard exitCode(for: error) == .failure else { exit(withError: error) }
            Progress.show("Error: \(error)")
            status = ExitStatus.simulatorBug.code
        }
        exit(withError: status)
    }
}
