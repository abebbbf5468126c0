import ArgumentParser
import Bookings
import BookingsRuntime
import Logging
import ServiceLifecycle

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serve HTTP and WebSocket (the default command).")

    func run() async throws {
        let setup = try Setup.fromEnvironment().limitingConnections(to: DescriptorLimit.raise())
        let composition = setup.composition
        let adapters = try await setup.refusingToStart { try await composition.openAdapters() }
        let isComplete = try await setup.refusingToStart { try await composition.prepareSchema(adapters) }
        if !isComplete {
            let waitingRoom = composition.waitingRoom(adapters)
            try await run([.init(service: waitingRoom, successTerminationBehavior: .gracefullyShutdownGroup)], setup)
            guard waitingRoom.isSchemaComplete else { return }
        }
        let application = composition.application(adapters, timing: ApplicationTiming(farewell: .milliseconds(500)))
        let services: [any Service] =
            [SecondSignal(application: application)] + adapters.services + [application, StartPages()]
        try await run(services.map { .init(service: $0) }, setup)
    }

    private func run(_ services: [ServiceGroupConfiguration.ServiceConfiguration], _ setup: Setup) async throws {
        let group = ServiceGroup(
            configuration: .init(
                services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: setup.logger))
        try await setup.refusingToStart { try await group.run() }
    }
}
