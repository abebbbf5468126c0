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

    /// - Parameter sealingKey: See `BookingStore.sealingKey()`.
    /// - Throws: `StartupError.invalidConfiguration` when the certificate cannot be read.
    func makeServer(
        gateway: SocketGateway, streams: EventStreams, cursorCipher: CursorCipher, sealingKey: [UInt8]
    ) throws -> HTTPServer {
        let clock = ResponseClock(ports.clock)
        let http = HTTPComposition(
            options: configuration.http, ports: ports, clock: clock, cursorCipher: cursorCipher, metrics: metrics,
            inFlightWork: inFlightWork, streams: streams, continuity: continuity,
            requestLog: configuration.logRequests ? RequestLog(logger, hash: SubjectHash(key: sealingKey)) : nil,
            requestTracing: tracer.map(RequestTracing.init), logger: logger,
            isReady: { [weak self] in self?.isReady ?? false },
            webhooksChanged: { [weak self] in self?.state.withLock(\.webhooks)?.refresh() })
        let routes = http.controllers().routes + pollingRoutes(gateway)
        var limits = ConnectionLimits()
        limits.drainingIdleTimeout = .init(timing.idleWhileDraining)
        return HTTPServer(
            options: .init(configuration),
            services: ConnectionServices(
                responder: http.pipeline(routes), upgrader: WebSocketUpgrade(gateway: gateway), limits: limits,
                date: { clock.date }),
            inFlightWork: inFlightWork, clock: ports.clock, group: MultiThreadedEventLoopGroup.singleton,
            metrics: metrics, logger: logger,
            tls: try configuration.tlsCertificates(clock: ports.clock, logger: logger),
            started: { [weak self] port in self?.started(on: port) })
    }
}
