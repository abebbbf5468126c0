import ArgumentParser

#if canImport(Glibc)
    @preconcurrency import Glibc
#endif

@main
struct Simulator: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulator",
        abstract: "Drives the real service on a virtual clock, and judges what it did.",
        subcommands: [
            RunCommand.self, SoakCommand.self, SweepCommand.self, ReplayCommand.self, ShrinkCommand.self,
            MutantsCommand.self, LoadCommand.self, TokenCommand.self, ListCommand.self, DiffCommand.self,
            TimelineCommand.self, ReplicaCommand.self,
        ])

    static func main() async {
        // Whoever watches a file or a pipe sees each line when it is written.
        setvbuf(stdout, nil, _IOLBF, 0)
        await main(nil)
    }
}
