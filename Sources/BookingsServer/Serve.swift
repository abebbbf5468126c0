import ArgumentParser
import Bookings
import BookingsRuntime
import Logging
import ServiceLifecycle

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serve HTTP and WebSocket (the default command).")

    func run() async throws {
        let setup = try Setup.fromEnvironment()
        let composition = setup.composition
        let adapters = try await setup.refusingToStart { try await composition.openAdapters() }
        try await setup.refusingToStart { try await composition.prepareSchema(adapters) }
        let application = composition.application(adapters)
        let group = ServiceGroup(
            configuration: .init(
                services: adapters.services + [application], gracefulShutdownSignals: [.sigterm, .sigint],
                logger: setup.logger))
        try await group.run()
    }
}
