@testable import Bookings
import BookingsRuntime
import Logging
import TestSupport
import XCTest

@testable import SimulationKit

/// The service in this process, on a free port and on a clock that tests turn, with the timing of production.
final class VirtualTimeServer {
    let port: String
    private let clock: VirtualClock
    private let inFlightWork: InFlightWork
    private let metrics: ServiceMetrics
    private let serving: Task<Void, any Error>

    /// Starts a server on an empty store in memory, whose sockets need no token.
    static func start() async throws -> VirtualTimeServer {
        var configuration = ServiceConfiguration()
        configuration.port = 0
        configuration.database = .sqliteMemory
        configuration.jwtSecret = [UInt8](repeating: 7, count: 32)
        configuration.shutdownGrace = .zero
        let (clock, logger) = (VirtualClock(at: at(0)), Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let inFlightWork = InFlightWork()
        let composition = Composition(
            configuration: configuration, clock: clock, logger: logger, steersClock: false, inFlightWork: inFlightWork)
        let adapters = try await composition.openAdapters()
        try await composition.prepareSchema(adapters)
        let application = composition.application(adapters)
        let serving = Task { try await application.run() }
        let port = await application.boundPort()
        return VirtualTimeServer(
            port: "\(port)", clock: clock, inFlightWork: inFlightWork, metrics: application.metrics, serving: serving)
    }

    private init(
        port: String, clock: VirtualClock, inFlightWork: InFlightWork, metrics: ServiceMetrics,
        serving: Task<Void, any Error>
    ) {
        self.metrics = metrics
        self.port = port
        self.clock = clock
        self.inFlightWork = inFlightWork
        self.serving = serving
    }

    func connect() throws -> RawConnection { try RawConnection(port: port) }

    /// Closes a connection, and returns when the server has noticed: a request on another one might be faster.
    func close(_ connection: RawConnection) async {
        func count() -> Double { metrics.registry.value(of: .connections) }
        let before = count()
        connection.close()
        let isNoticed = await eventually { count() < before && self.inFlightWork.isIdle }
        XCTAssertTrue(isNoticed)
    }

    /// Lets time pass, and returns when what is due then is done.
    func advance(by seconds: Int) async {
        clock.set(to: clock.now() + .seconds(seconds))
        clock.runTimers()
        let isIdle = await eventually { self.inFlightWork.isIdle }
        XCTAssertTrue(isIdle)
    }

    /// Closes all connections and ends.
    func stop() async {
        serving.cancel()
        _ = try? await serving.value
    }
}
