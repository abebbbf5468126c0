import ArgumentParser

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
}
