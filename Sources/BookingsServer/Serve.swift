import ArgumentParser
import Bookings
import BookingsRuntime
import Logging
import ServiceLifecycle

/// Serves until SIGTERM or SIGINT.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serve HTTP and Socket.IO (the default command).")

    func run() async throws {
        let setup = try Setup.fromEnvironment().limitingConnections(to: DescriptorLimit.raise())
        let composition = setup.composition
        let (adapters, isSchemaComplete) = try await setup.exitingOnStartupError {
            let adapters = try await composition.openAdapters()
            return (adapters, try await composition.prepareSchema(adapters))
        }
        if !isSchemaComplete {
            let server = composition.pendingMigrationsServer(adapters)
            try await run([.init(service: server, successTerminationBehavior: .gracefullyShutdownGroup)], setup)
            guard server.isSchemaComplete else { return }
        }
        let application = composition.application(
            adapters, timing: ApplicationTiming(shutdownDelay: setup.configuration.shutdownDelay))
        let services: [any Service] =
            [ForcedShutdown(application: application)] + adapters.services + [application]
        try await run(services.map { .init(service: $0) }, setup)
    }

    private func run(_ services: [ServiceGroupConfiguration.ServiceConfiguration], _ setup: Setup) async throws {
        let group = ServiceGroup(
            configuration: .init(
                services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: setup.logger))
        try await setup.exitingOnStartupError { try await group.run() }
    }
}
