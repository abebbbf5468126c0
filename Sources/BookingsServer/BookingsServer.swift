import ArgumentParser
import Bookings

/// The command line of the service.
@main
struct BookingsServer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "BookingsServer",
        abstract: "The bookings service.",
        discussion: """
            Environment variables configure the service, and a .env file in the working directory; the environment has \
            precedence. .env.example lists all variables with their defaults.
            """,
        subcommands: [Serve.self, Migrate.self, Rearm.self, Audit.self, Export.self, Health.self, OpenAPI.self],
        defaultSubcommand: Serve.self)
}
