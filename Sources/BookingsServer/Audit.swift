import ArgumentParser
import Bookings
import BookingsRuntime

/// Checks all stored data once.
struct Audit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check all stored data against the invariants of the service; exit with 1 when one is violated.",
        discussion:
            "Prints a line for each violation with the ids of the bookings. Reads only, and may run while replicas "
            + "serve; on SQLite, whose file belongs to one process, stop the server first.")

    func run() async throws {
        let setup = try Setup.fromEnvironment()
        let violations = try await setup.exitingOnStartupError {
            let ports = try await setup.composition.openAdapters().ports
            guard try await ports.migrator.status().allSatisfy(\.isApplied) else {
                throw StartupError.invalidConfiguration("Migrations are pending: run `BookingsServer migrate`.")
            }
            let audit = AuditData(
                source: ports.audit, clock: ports.clock, retention: setup.configuration.eventRetention)
            return try await Self.audit(audit)
        }
        if violations > 0 { throw ExitCode(1) }
    }

    /// Prints what a whole round finds, and returns the number of violations.
    private static func audit(_ audit: AuditData) async throws(StoreError) -> Int {
        var place: AuditData.Place? = .beginning
        var (bookings, violations) = (0, 0)
        while let next = place {
            let step = try await audit.step(from: next)
            for violation in step.violations { print(violation) }
            bookings += step.bookings
            violations += step.violations.count
            place = step.next
        }
        print("\(bookings) bookings: \(violations) violations")
        return violations
    }
}
