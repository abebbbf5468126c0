import Bookings
import BookingsHTTP
import BookingsSocketIO
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// The whole service: ports in, a running replica out. Several run in one process without knowing of each other.
package final class BookingsApplication: Service {
    package let configuration: ServiceConfiguration
    package let metrics: ServiceMetrics
    package let inFlightWork: InFlightWork

    private let ports: ApplicationPorts
    private let timing: ApplicationTiming
    private let backlog: SocketBacklog
    private let continuity: LogContinuity
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        var isReady = false
        var port: Int?
        var relay: RelayEvents?
        var server: HTTPServer?
        var waitingForPort: [CheckedContinuation<Int, Never>] = []
    }

    package init(
        configuration: ServiceConfiguration, ports: ApplicationPorts, timing: ApplicationTiming = ApplicationTiming(),
        backlog: SocketBacklog = SocketBacklog(),
        inFlightWork: InFlightWork = InFlightWork(), metrics: ServiceMetrics = ServiceMetrics(), logger: Logger
    ) {
        self.configuration = configuration
        self.ports = ports
        self.timing = timing
        self.backlog = backlog
        continuity = LogContinuity(clock: ports.clock)
        self.inFlightWork = inFlightWork
        self.metrics = metrics
        self.logger = logger
    }

    /// Whether this replica takes requests: false until it serves, and from the first moment of its shutdown.
    package var isReady: Bool { state.withLock(\.isReady) }

    /// The position in the log up to which events were delivered to this replica's sockets and streams.
    package var relayPosition: LogPosition { state.withLock(\.relay)?.position ?? .start }

    /// The port it listens on, as soon as it does. `PORT=0` lets the system choose one.
    package func boundPort() async -> Int {
        await withCheckedContinuation { continuation in
            let port = state.withLock { state -> Int? in
                if state.port == nil { state.waitingForPort.append(continuation) }
                return state.port
            }
            if let port { continuation.resume(returning: port) }
        }
    }

    /// Serves until the task is cancelled or a graceful shutdown is asked for.
    package func run() async throws {
        let cursorCipher = CursorCipher(key: try await ports.store.sealingKey())
        let head = try await ports.log.head()
        let gateway = makeGateway(cursorCipher: cursorCipher, from: head)
        let streams = EventStreams()
        let loops = makeLoops(gateway: gateway, streams: streams, from: head)
        let server = makeServer(gateway: gateway, streams: streams, cursorCipher: cursorCipher)
        state.withLock { $0.server = server }
        let group = ServiceGroup(
            configuration: .init(
                services: loops.all + [
                    server,
                    ShutdownService(
                        application: self, server: server, gateway: gateway, streams: streams, clock: ports.clock,
                        farewell: timing.farewell),
                ], logger: logger))
        do {
            try await group.run()
        } catch  where state.withLock({ $0.port == nil }) {
            throw CannotListen(configuration, because: error)
        }
    }

    func stopBeingReady() {
        state.withLock { $0.isReady = false }
    }

    private func makeGateway(cursorCipher: CursorCipher, from head: LogPosition) -> SocketGateway {
        var options = GatewayOptions(
            allowedOrigins: configuration.frontendOrigins, anonymous: configuration.socketIOAnonymous,
            eventRetention: configuration.eventRetention,
            heartbeat: HeartbeatTiming(pingInterval: timing.pingInterval, pingTimeout: timing.pingTimeout))
        options.backlog = backlog
        options.stateRecovery = configuration.socketIOStateRecovery
        return SocketGateway(
            verifier: ports.verifier, log: ports.log, encoder: EventEncoder(cursorCipher: cursorCipher),
            clock: ports.clock,
            continuity: continuity, identifiers: ports.identifiers, inFlightWork: inFlightWork, metrics: metrics,
            options: options,
            loops: MultiThreadedEventLoopGroup.singleton, from: head)
    }

    private func makeServer(
        gateway: SocketGateway, streams: EventStreams, cursorCipher: CursorCipher
    ) -> HTTPServer {
        let dependencies = HTTPDependencies(
            options: configuration.http, ports: ports, cursorCipher: cursorCipher, metrics: metrics,
            inFlightWork: inFlightWork,
            logger: logger, streams: streams, continuity: continuity,
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
            group: MultiThreadedEventLoopGroup.singleton, metrics: metrics, logger: logger,
            started: { [weak self] port in self?.started(on: port) })
    }

    /// Ends a shutdown that is under way: connections are cut off now.
    package func cutConnections() {
        state.withLock(\.server)?.cutConnections()
    }

    private func started(on port: Int) {
        let waiting = state.withLock { state in
            defer { state.waitingForPort = [] }
            state.port = port
            state.isReady = true
            return state.waitingForPort
        }
        logger.notice("Listening.", metadata: ["host": "\(configuration.host)", "port": "\(port)"])
        for continuation in waiting { continuation.resume(returning: port) }
    }
}

// MARK: - The loops

extension BookingsApplication {
    private struct Loops {
        let reminders: WorkerLoop
        let relay: WorkerLoop
        let garbage: WorkerLoop
        let steering: WorkerLoop?

        /// A shutdown reaches the last one first.
        var all: [any Service] { [steering, garbage, relay, reminders].compactMap { $0 } }
    }

    private func makeLoops(gateway: SocketGateway, streams: EventStreams, from head: LogPosition) -> Loops {
        let reminders = makeReminderLoop()
        let relay = makeRelay(gateway: gateway, streams: streams, reminders: reminders.trigger, from: head)
        state.withLock { $0.relay = relay }
        let relayLoop = WorkerLoop(name: "relay", clock: ports.clock, inFlightWork: inFlightWork, logger: logger) {
            try await relay.runOnce()
        }
        // Weakly: the bus may outlive this replica.
        ports.bus.listen { [weak relay, inFlightWork, trigger = relayLoop.trigger] head in
            guard let relay, relay.announce(head) else { return }
            inFlightWork.begin(.publish)
            trigger.signal()
            inFlightWork.end(.publish)
        }
        return Loops(
            reminders: reminders, relay: relayLoop, garbage: makeGarbageLoop(), steering: makeSteeringLoop())
    }

    private func makeReminderLoop() -> WorkerLoop {
        let fire = FireDueReminders(queue: ports.reminders, bus: ports.bus, metrics: metrics)
        return WorkerLoop(name: "reminders", clock: ports.clock, inFlightWork: inFlightWork, logger: logger) {
            [ports, timing] in
            .at(try await fire.runOnce(ports.clock), within: timing.reminderPoll)
        }
    }

    /// Delivers events to sockets and streams. They also show when the reminders that any replica added become due, so
    /// that the reminder loop of each replica wakes in time.
    private func makeRelay(
        gateway: SocketGateway, streams: EventStreams, reminders: LoopTrigger, from head: LogPosition
    ) -> RelayEvents {
        let plan = configuration.reminderPlan
        return RelayEvents(
            log: ports.log, bus: ports.bus, clock: ports.clock, metrics: metrics, from: head,
            every: .init(connected: timing.relayPoll, disconnected: timing.relayPollWithoutBus)
        ) { events, through in
            gateway.deliver(events, through: through)
            if !events.isEmpty { streams.wake() }
            let firstDue = events.compactMap { plan.firstDue(after: $0.event) }.min()
            if let firstDue { reminders.signal(ifWaitingBeyond: firstDue) }
        } rewound: { [weak self] rewind in
            self?.logWasRewound(rewind, gateway: gateway, streams: streams, reminders: reminders)
        }
    }

    /// Whatever remembers positions in the log begins anew: caches because the era changes, clients by resuming.
    private func logWasRewound(
        _ rewind: LogRewind, gateway: SocketGateway, streams: EventStreams, reminders: LoopTrigger
    ) {
        continuity.wentBack(rewind)
        metrics.eventLogWentBack()
        logger.warning(
            "The event log went back: a failover or a restored backup lost its newest events. Sockets and streams are closed, so that clients resume.",
            metadata: [
                "known": "\(rewind.known.number)", "agrees_through": "\(rewind.agreesThrough.number)",
                "head": "\(rewind.head.number)",
            ])
        gateway.restart(at: rewind.head)
        streams.endAll()
        reminders.signal()
    }

    private func makeGarbageLoop() -> WorkerLoop {
        let collect = CollectGarbage(log: ports.log, store: ports.store, retention: configuration.eventRetention)
        return WorkerLoop(name: "garbage", clock: ports.clock, inFlightWork: inFlightWork, logger: logger) { [ports] in
            try await collect.runOnce(at: ports.clock.now())
            return .after(collect.interval)
        }
    }

    /// Nil when nothing but the machine's clock tells the time.
    private func makeSteeringLoop() -> WorkerLoop? {
        guard let steering = ports.steering else { return nil }
        return WorkerLoop(name: "clock", clock: ports.clock, inFlightWork: inFlightWork, logger: logger) {
            [metrics, timing, logger] in
            let measurement = try await steering.measure()
            metrics.setClockOffset(measurement.offset)
            if abs(measurement.step.inSeconds) >= 1 {
                logger.warning(
                    "The store's clock was set: the service follows it.",
                    metadata: ["seconds": "\(measurement.step.inSeconds)"])
            }
            return .after(timing.clockPoll)
        }
    }
}
