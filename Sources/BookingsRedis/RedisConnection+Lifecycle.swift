import Bookings
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Opening, watching and closing the connection.
extension RedisConnection {
    private static let connectTimeout = TimeAmount.seconds(1)
    private static let heartbeatInterval = TimeAmount.seconds(1)

    /// Opens the connection and keeps it open until `stop` is called.
    func start(_ session: Session) {
        shared.withLock { $0.session = session }
        connect()
    }

    /// Closes the connection for good.
    func stop() {
        close { $0.stop() }
    }

    /// Replaces the connection by a new one: host names are resolved again.
    func reconnect() {
        shared.withLock(\.open)?.channel.close(promise: nil)
    }

    // MARK: - Opening

    private func connect() {
        guard shared.withLock({ $0.state.start() }) == .connect else { return }
        let bootstrap = ClientBootstrap(group: eventLoop).connectTimeout(Self.connectTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.addHandlers(to: channel) }
            }
        bootstrap.connect(host: target.host, port: target.port).whenComplete { result in
            switch result {
            case .success(let channel): self.sendFirstCommands(on: channel)
            case .failure(let error): self.ended(wasOpened: false, details: "\(error)")
            }
        }
    }

    private func addHandlers(to channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        if let tls {
            try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: target.certificateName))
        }
        try pipeline.addHandler(
            RedisChannelHandler(
                .init(
                    onMessage: onMessage,
                    onError: { [weak self] in self?.receivedError($0) },
                    onEnd: { [weak self] in self?.ended(wasOpened: true, details: "the connection was closed") })))
    }

    /// The connection is ready once Redis has accepted all first commands.
    private func sendFirstCommands(on channel: any Channel) {
        guard let handler = try? channel.pipeline.syncOperations.handler(type: RedisChannelHandler.self) else { return }
        let open = OpenChannel(channel: channel, handler: NIOLoopBound(handler, eventLoop: eventLoop))
        let commands = target.firstCommands + shared.withLock(\.session.commands)
        let request = RedisRequest(commands: commands) { replies in
            // Without replies the connection was lost, which `ended` handles.
            guard let replies else { return }
            let errors = zip(commands, replies).compactMap { command, reply in
                reply.errorMessage.map { (command: command.name, message: $0) }
            }
            errors.isEmpty ? self.accepted(open) : self.rejected(errors, on: channel)
        }
        handler.send([request], on: channel)
    }

    private func accepted(_ open: OpenChannel) {
        let (action, onReady) = shared.withLock { shared in
            let action = shared.state.accepted()
            if case .serve = action { shared.open = open }
            return (action, shared.session.onReady)
        }
        guard case .serve(let logsRecovery) = action else { return open.channel.close(promise: nil) }
        if logsRecovery, refusals.reason == nil { logger.notice("Redis is available again.", metadata: address) }
        sendHeartbeat(on: open.channel)
        onReady()
    }

    private func rejected(_ errors: [(command: String, message: String)], on channel: any Channel) {
        let refusal = errors.lazy.compactMap { RedisRefusal(errorMessage: $0.message) }.first
        let action = shared.withLock { $0.state.rejected(reason: refusal?.rawValue ?? "refuses the connection") }
        if action == .close(logsOutage: true) {
            logOutage(errors.map { "\($0.command): \(RedisReply.code(of: $0.message))" }.joined(separator: "; "))
        }
        channel.close(promise: nil)
    }

    // MARK: - Watching

    private func sendHeartbeat(on channel: any Channel) {
        let heartbeat = shared.withLock(\.session.heartbeat)
        send(
            RedisRequest(commands: [heartbeat]) { [weak self] replies in
                guard let self, let reply = replies?.first, reply.errorMessage == nil else { return }
                shared.withLock { $0.state.heartbeatSucceeded() }
                refusals.end()
            })
        eventLoop.scheduleTask(in: Self.heartbeatInterval) { [weak self] in
            guard let self, channel.isActive else { return }
            sendHeartbeat(on: channel)
        }
    }

    private func receivedError(_ message: String) {
        guard let refusal = RedisRefusal(errorMessage: message) else { return }
        refusals.fail(refusal.rawValue)
        close { $0.refused(refusal) }
        if refusal.endsConnection { onRefused() }
    }

    // MARK: - Closing

    private func close(_ decide: (inout RedisConnectionState) -> RedisConnectionState.Action) {
        let channel = shared.withLock { shared in
            decide(&shared.state) == .none ? nil : shared.open?.channel
        }
        channel?.close(promise: nil)
    }

    private func ended(wasOpened: Bool, details: String) {
        let (action, unsent) = shared.withLock { shared in
            let action = shared.state.ended(wasOpened: wasOpened, jitter: jitter())
            defer { (shared.open, shared.outbox) = (nil, []) }
            return (action, shared.outbox)
        }
        for request in unsent { request.completion(nil) }
        guard case .backOff(let delay, let logsOutage) = action else { return }
        if logsOutage { logOutage(details) }
        eventLoop.scheduleTask(in: .milliseconds(delay.wholeMilliseconds)) { [weak self] in self?.connect() }
    }

    private func logOutage(_ reason: String) {
        logger.warning(
            "Redis is unavailable: the service continues without it.",
            metadata: address.merging(["reason": "\(reason)"]) { $1 })
    }

    private var address: Logger.Metadata { ["host": "\(target.host)", "port": "\(target.port)"] }
}

extension RedisTarget {
    /// The name that the server's certificate must have; `nil` for an IP address, whose certificate has none.
    fileprivate var certificateName: String? {
        (try? SocketAddress(ipAddress: host, port: port)) == nil ? host : nil
    }
}
