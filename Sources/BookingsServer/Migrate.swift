import ArgumentParser
import Bookings
import BookingsHTTP
import BookingsRuntime

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Apply pending migrations, or show how they stand.")

    @Flag(help: "Show each migration and whether it is applied; change nothing.")
    var status = false

    @Option(help: "Apply no migration after this number.")
    var to: Int?

    func validate() throws {
        if status, to != nil { throw ValidationError("--status and --to do not go together.") }
    }

    func run() async throws {
        let setup = try Setup.fromEnvironment()
        let adapters = try await setup.refusingToStart { try await setup.composition.openAdapters() }
        try await setup.refusingToStart {
            if !status { try await adapters.ports.migrator.migrate(to: to) }
            for migration in try await adapters.ports.migrator.status() {
                print("\(migration.number)  \(migration.isApplied ? "applied" : "pending")  \(migration.name)")
            }
        }
    }
}
