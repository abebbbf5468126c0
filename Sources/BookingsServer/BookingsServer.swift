import ArgumentParser
import Bookings

@main
struct BookingsServer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "BookingsServer",
        abstract: "The bookings service.",
        discussion: "Configured by environment variables and a .env file in the working directory; see .env.example.",
        subcommands: [Serve.self, Migrate.self, Rearm.self, OpenAPI.self],
        defaultSubcommand: Serve.self)
}
