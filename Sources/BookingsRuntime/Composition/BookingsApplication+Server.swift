import Bookings
import BookingsHTTP
import BookingsSocketIO
import NIOCore
import NIOPosix

/// What clients connect to: the HTTP server and the Socket.IO gateway.
extension BookingsApplication {
    func makeGateway(cursorCipher: CursorCipher, from head: LogPosition) -> SocketGateway {
        var options = GatewayOptions(
            allowedOrigins: configuration.frontendOrigins, anonymous: configuration.socketIOAnonymous,
            eventRetention: configuration.eventRetention,
            heartbeat: HeartbeatTiming(pingInterval: timing.pingInterval, pingTimeout: timing.pingTimeout))
        options.backlog = backlog
        options.stateRecovery = configuration.socketIOStateRecovery
        return SocketGateway(
            verifier: ports.verifier, log: ports.log, encoder: EventEncoder(cursorCipher: cursorCipher),
            clock: ports.clock, continuity: continuity, identifiers: ports.identifiers, inFlightWork: inFlightWork,
            metrics: metrics, options: options, loops: MultiThreadedEventLoopGroup.singleton, from: head)
    }

    func makeServer(gateway: SocketGateway, streams: EventStreams, cursorCipher: CursorCipher) -> HTTPServer {
        let dependencies = HTTPDependencies(
            options: configuration.http, ports: ports, cursorCipher: cursorCipher, metrics: metrics,
            inFlightWork: inFlightWork, logger: logger, streams: streams, continuity: continuity,
            isReady: { [weak self] in self?.isReady ?? false },
            committed: { [bus = ports.bus] position in bus.announce(position) })
        let date = DateField(clock: ports.clock)
        var limits = ConnectionLimits()
        limits.drainingIdleTimeout = .init(timing.idleWhileDraining)
        return HTTPServer(
            options: .init(configuration),
            services: ConnectionServices(
                responder: RequestPipeline(dependencies, with: pollingRoutes(gateway)),
                upgrader: WebSocketUpgrade(gateway: gateway), limits: limits, date: { date.text }),
            inFlightWork: inFlightWork, clock: ports.clock, group: MultiThreadedEventLoopGroup.singleton,
            metrics: metrics, logger: logger, started: { [weak self] port in self?.started(on: port) })
    }
}
