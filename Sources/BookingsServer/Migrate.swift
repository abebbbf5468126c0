import ArgumentParser
import Bookings
import BookingsHTTP
import BookingsRuntime

/// Applies the migrations of the database schema, then prints the status of each.
struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Apply pending migrations of the database schema, or print their status.")

    @Flag(help: "Print whether each migration is applied; apply none.")
    var status = false

    @Option(help: "The number of the last migration to apply.")
    var to: Int?

    func validate() throws {
        if status, to != nil { throw ValidationError("--status and --to cannot be combined.") }
    }

    func run() async throws {
        let setup = try Setup.fromEnvironment()
        try await setup.exitingOnStartupError {
            let migrator = try await setup.composition.openAdapters().ports.migrator
            if !status { try await migrator.migrate(to: to) }
            for migration in try await migrator.status() {
                let number = migration.number.map { "\($0)" } ?? "-"
                print("\(number)  \(migration.state)  \(migration.name)")
            }
        }
    }
}
