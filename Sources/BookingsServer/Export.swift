import ArgumentParser
import Bookings
import BookingsRuntime

/// Writes a stretch of the event log for the simulator.
struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Write what was recorded in a stretch of time as JSON lines; `simulator import` makes a plan of them.",
        discussion: """
            Changes with their request ids, and reminders. Subjects are replaced by a keyed hash. Reads only, and may run \
            while replicas serve; on SQLite, whose file belongs to one process, stop the server first.
            """)

    @Option(help: "The first instant: RFC 3339 with an offset, such as 2030-05-01T12:00:00Z.")
    var from: String

    @Option(help: "The instant after the stretch.")
    var to: String

    func validate() throws {
        _ = try stretch()
    }

    private func stretch() throws -> (from: Timestamp, to: Timestamp) {
        guard let from = RFC3339.parse(from) else {
            throw ValidationError("--from must be an RFC 3339 timestamp with an offset.")
        }
        guard let to = RFC3339.parse(to) else {
            throw ValidationError("--to must be an RFC 3339 timestamp with an offset.")
        }
        guard from < to else { throw ValidationError("--to must be after --from.") }
        return (from, to)
    }

    func run() async throws {
        let (from, to) = try stretch()
        let setup = try Setup.fromEnvironment()
        try await setup.exitingOnStartupError {
            let ports = try await setup.composition.openAdapters().ports
            guard try await ports.migrator.status().allSatisfy(\.isApplied) else {
                throw StartupError.invalidConfiguration("Migrations are pending: run `BookingsServer migrate`.")
            }
            let export = ExportLog(
                source: ports.export, store: ports.store, plan: setup.configuration.reminderPlan,
                initialStatus: setup.configuration.initialStatus,
                hash: SubjectHash(key: try await ports.store.sealingKey()))
            try await export.run(from: from, to: to) { print($0) }
        }
    }
}
