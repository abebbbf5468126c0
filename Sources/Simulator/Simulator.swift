import ArgumentParser

#if canImport(Glibc)
    @preconcurrency import Glibc
#endif

@main
struct Simulator: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulator",
        abstract: "Runs the service on a virtual clock with faults, and checks its invariants.",
        subcommands: [
            RunCommand.self, SoakCommand.self, SweepCommand.self, ReplayCommand.self, ShrinkCommand.self,
            MutantsCommand.self, LoadCommand.self, TokenCommand.self, ListCommand.self, DiffCommand.self,
            TimelineCommand.self, ReplicaCommand.self,
        ])

    static func main() async {
        // Each line is flushed, so that a reader of a file or a pipe sees it at once.
        setvbuf(stdout, nil, _IOLBF, 0)
        await main(nil)
    }
}
