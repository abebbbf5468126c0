import Bookings
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// The receivers of the webhooks of a run: HTTP servers that record every delivery.
///
/// Each replica reaches them at an address of its own, by which it is recognized: all of 127.0.0.0/8 is this machine.
final class WebhookReceivers: Sendable {
    /// What is wrong with all receivers at once.
    enum Failure: Sendable {
        /// They close connections instead of answering.
        case down
        /// They accept deliveries, and close the connection instead of answering.
        case losesAnswers
    }

    /// A request that was not answered yet.
    private struct Held {
        let channel: any Channel
        let replica: Int
        /// `nil` for one that is never answered.
        let due: Timestamp?
        let receivedAt: Timestamp
        /// Its index among the deliveries.
        let delivery: Int
    }

    private struct State {
        var listeners: [any Channel] = []
        var port = 0
        var kinds: [String: ReceiverKind] = [:]
        var failure: Failure?
        var areHealed = false
        /// The replicas that are ending.
        var ending: Set<Int> = []
        var attempts: [String: Int] = [:]
        var deliveries: [History.WebhookDelivery] = []
        var held: [Held] = []
    }

    /// The host of all receivers, which replicas resolve to the address of their own.
    private static let host = "receivers.test"
    /// How long a delivery waits for its answer, on the virtual clock.
    private static let patience = Duration.seconds(10)

    private let seed: UInt64
    private let time: TrueTime
    private let sequence: @Sendable () -> Int
    private let state = Mutex(State())

    /// - Parameter sequence: Returns the next sequence number of the run.
    init(seed: UInt64, time: TrueTime, sequence: @escaping @Sendable () -> Int) {
        self.seed = seed
        self.time = time
        self.sequence = sequence
    }

    /// The address at which a replica reaches the receivers.
    static func address(for replica: Int) -> String { "127.0.0.\(10 + replica % 200)" }

    // MARK: - Servers

    /// Starts to listen, on one port for all replicas.
    func start(replicas: Int) async throws {
        for replica in 0..<replicas {
            let port = state.withLock(\.port)
            let listener = try await listen(for: replica, port: port)
            state.withLock { state in
                state.listeners.append(listener)
                state.port = listener.localAddress?.port ?? 0
            }
        }
    }

    private func listen(for replica: Int, port: Int) async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(ReceiverHandler(receivers: self, replica: replica))
                }
            }
            .bind(host: Self.address(for: replica), port: port).get()
    }

    /// Closes all connections.
    func stop() async {
        let (listeners, held) = state.withLock { state in
            defer { (state.listeners, state.held) = ([], []) }
            return (state.listeners, state.held)
        }
        for request in held { request.channel.close(promise: nil) }
        for listener in listeners { try? await listener.close() }
    }

    /// Adds a receiver, and returns its URL.
    func add(_ label: String, _ kind: ReceiverKind) -> String {
        state.withLock { state in
            state.kinds[label] = kind
            return "http://\(Self.host):\(state.port)/\(label)"
        }
    }

    // MARK: - Faults

    func set(_ failure: Failure?) { state.withLock { $0.failure = failure } }

    /// From now on every receiver accepts every delivery at once.
    func heal() { state.withLock { $0.areHealed = true } }

    /// A replica is ending: virtual time stands still until it has ended, so that nothing it sent may wait.
    func end(_ replica: Int) {
        let held = state.withLock { state in
            state.ending.insert(replica)
            defer { state.held.removeAll { $0.replica == replica } }
            return state.held.filter { $0.replica == replica }
        }
        for request in held { request.channel.close(promise: nil) }
    }

    /// A replica was started.
    func begin(_ replica: Int) { state.withLock { _ = $0.ending.remove(replica) } }

    // MARK: - Time

    /// When the next answer is due; `nil` without one.
    var nextDue: Timestamp? { state.withLock { $0.held.compactMap(\.due).min() } }

    /// Sends the answers that are due.
    func answerDue(at now: Timestamp) {
        let due = state.withLock { state in
            let due = state.held.filter { $0.due.map { $0 <= now } ?? false }
            state.held.removeAll { $0.due.map { $0 <= now } ?? false }
            for request in due { accept(&state.deliveries[request.delivery], isAnswered: true) }
            return due
        }
        for request in due { Self.answer(200, on: request.channel) }
    }

    /// Returns how many requests of a replica wait for an answer.
    ///
    /// - Parameter hasDueTimers: Whether the replica has not run its timers of this instant yet, with which it gives up
    ///   what it waited for long enough. Afterwards such a request counts no more, although its connection may be open
    ///   for a moment.
    func held(by replica: Int, hasDueTimers: Bool) -> Int {
        let now = time.now
        return state.withLock { state in
            state.held.count { request in
                request.replica == replica && (hasDueTimers || now < request.receivedAt + Self.patience)
            }
        }
    }

    // MARK: - Deliveries

    /// All deliveries so far, in the order of their arrival.
    var deliveries: [History.WebhookDelivery] { state.withLock(\.deliveries) }

    private func accept(_ delivery: inout History.WebhookDelivery, isAnswered: Bool) {
        delivery.status = isAnswered ? 200 : nil
        delivery.acceptedSequence = sequence()
    }

    /// Records a delivery and answers it, or not.
    func receive(_ request: ReceiverRequest, from replica: Int, on channel: any Channel) {
        let now = time.now
        let reaction = state.withLock { state in
            var delivery = request.delivery(from: replica, at: now, sequence: sequence())
            let attempt = state.attempts["\(delivery.webhook)/\(delivery.event)", default: 0] + 1
            state.attempts["\(delivery.webhook)/\(delivery.event)"] = attempt
            let reaction = self.reaction(to: delivery, attempt, at: now, state)
            switch reaction {
            case .answer(let status, _):
                delivery.status = status
                if status == 200 { accept(&delivery, isAnswered: true) }
            case .close:
                if state.failure == .losesAnswers { accept(&delivery, isAnswered: false) }
            case .hold(let due):
                state.held.append(
                    Held(
                        channel: channel, replica: replica, due: due, receivedAt: now,
                        delivery: state.deliveries.count))
            }
            state.deliveries.append(delivery)
            return reaction
        }
        switch reaction {
        case .answer(let status, let retryAfter): Self.answer(status, retryAfter: retryAfter, on: channel)
        case .close: channel.close(promise: nil)
        case .hold: break
        }
    }

    private func reaction(
        to delivery: History.WebhookDelivery, _ attempt: Int, at now: Timestamp, _ state: State
    ) -> ReceiverKind.Reaction {
        // Nothing may be sent to other paths. What is sent there all the same is accepted, and recorded.
        guard !state.areHealed, delivery.isToOwnPath, let kind = state.kinds[delivery.webhook] else {
            return .answer(200)
        }
        if state.failure == .down { return .close }
        var random = SeededGenerator(
            seed: seed ^ UInt64(attempt), for: "\(delivery.webhook)/\(delivery.event)/\(delivery.name)")
        let reaction = kind.reaction(at: now, attempt: attempt, &random)
        // An answer that is lost at each attempt would never reach the sender.
        if state.failure == .losesAnswers, reaction == .answer(200) { return attempt == 1 ? .close : reaction }
        if case .hold = reaction, state.ending.contains(delivery.replica) { return .answer(503) }
        return reaction
    }

    /// A connection was closed, so that its answer is not waited for any more.
    func closed(_ channel: any Channel) {
        state.withLock { $0.held.removeAll { $0.channel === channel } }
    }

    private static func answer(_ status: Int, retryAfter: Int? = nil, on channel: any Channel) {
        var headers: HTTPHeaders = ["Content-Length": "0"]
        if let retryAfter { headers.add(name: "Retry-After", value: "\(retryAfter)") }
        if status == 302 { headers.add(name: "Location", value: ReceiverKind.redirectTarget) }
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
    }
}
