import ArgumentParser
import Bookings
import BookingsRuntime

/// Brings armed reminders in line with a changed `REMINDER_LEAD_MINUTES`.
struct Rearm: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rearm-reminders",
        abstract: "Arm the reminders of all upcoming confirmed bookings by the current REMINDER_LEAD_MINUTES.")

    func run() async throws {
        let setup = try Setup.fromEnvironment()
        try await setup.exitingOnStartupError {
            let adapters = try await setup.composition.openAdapters()
            guard try await setup.composition.prepareSchema(adapters) else {
                throw StartupError.invalidConfiguration("Migrations are pending: run `BookingsServer migrate`.")
            }
            let ports = adapters.ports
            let rearm = RearmReminders(queue: ports.reminders, plan: setup.configuration.reminderPlan)
            let sum = try await rearm.run(at: ports.clock.now())
            print("\(sum.bookings) bookings: \(sum.armed) reminders armed, \(sum.dropped) dropped")
        }
    }
}
