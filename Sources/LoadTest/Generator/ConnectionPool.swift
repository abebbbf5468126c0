import NIOCore
import NIOPosix
import NIOSSL

/// The connections of one event loop to the service. All calls happen on that loop.
final class ConnectionPool {
    private let loop: any EventLoop
    private let target: LoadTarget
    private let tls: NIOSSLContext?
    /// The most recently used is last and taken first, so that few connections serve a small load.
    private var idle: [LoadConnection] = []
    private var open: [ObjectIdentifier: LoadConnection] = [:]
    private var isShutDown = false

    /// How often requests are compared with their deadlines: one timer for all costs less than one for each.
    private static let deadlineCheckInterval = TimeAmount.milliseconds(50)

    init(target: LoadTarget, tls: NIOSSLContext?, loop: any EventLoop) {
        self.target = target
        self.tls = tls
        self.loop = loop
        scheduleDeadlineCheck()
    }

    /// Sends a request on an idle connection, or on a new one without any.
    func send(
        _ request: ByteBuffer, deadline: NIODeadline, _ completion: @escaping (LoadConnection.Outcome) -> Void
    ) {
        if let connection = idle.popLast() { return connection.send(request, deadline: deadline, completion) }
        connect(deadline: deadline) { result in
            switch result {
            case .success(let connection): connection.send(request, deadline: deadline, completion)
            case .failure(let failure): completion(.failure(failure))
            }
        }
    }

    /// Opens a connection, which its user gives back by `release` with its first response.
    func connect(deadline: NIODeadline, _ completion: @escaping (Result<LoadConnection, LoadFailure>) -> Void) {
        let (tls, serverName) = (tls, target.serverName)
        ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(max(.milliseconds(1), deadline - .now()))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let tls else { return }
                    let handler = try NIOSSLClientHandler(context: tls, serverHostname: serverName)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .connect(host: target.address.host, port: target.address.port)
            .assumeIsolated()
            .whenComplete { completion($0.mapError { LoadFailure($0) }.flatMap(self.adopt)) }
    }

    private func adopt(_ channel: any Channel) -> Result<LoadConnection, LoadFailure> {
        let connection = LoadConnection(pool: self)
        do {
            try channel.pipeline.syncOperations.addHandler(connection)
        } catch {
            return .failure(.closed)
        }
        guard channel.isActive, !isShutDown else {
            channel.close(promise: nil)
            return .failure(.closed)
        }
        open[ObjectIdentifier(connection)] = connection
        return .success(connection)
    }

    func release(_ connection: LoadConnection) { idle.append(connection) }

    func remove(_ connection: LoadConnection) {
        open[ObjectIdentifier(connection)] = nil
        idle.removeAll { $0 === connection }
    }

    private func scheduleDeadlineCheck() {
        loop.assumeIsolated().scheduleTask(in: Self.deadlineCheckInterval) { [weak self] in
            guard let self, !self.isShutDown else { return }
            let now = NIODeadline.now()
            for connection in self.open.values { connection.checkDeadline(now) }
            self.scheduleDeadlineCheck()
        }
    }

    /// Closes all connections.
    func shutdown() {
        isShutDown = true
        for connection in open.values { connection.close() }
    }
}
