import Bookings
import SimulationKit
import Synchronization

/// The Socket.IO connections of a load test, and the events that they receive.
final class LoadAudience: Sendable {
    private struct State {
        var frames = LoadFrames()
        var begunAt = ContinuousClock.now
        /// The number of open sockets of each provider.
        var listening: [Int]
        var sockets: [SocketClient] = []
    }

    /// The first half of the service's id of each booking that the load creates. The second half is the instant at which
    /// the request was due, in microseconds since the beginning, so that an event carries what its latency counts from.
    private let mark: UInt64
    private let state: Mutex<State>

    private static let maximumOpening = 64
    /// How long events may arrive after the last answer.
    private static let grace = Duration.seconds(3)

    init(providers: Int, mark: UInt64) {
        self.mark = ServiceID.version8(RandomBits(high: mark, low: 0)).high
        state = Mutex(State(listening: Array(repeating: 0, count: providers)))
    }

    var frames: LoadFrames { state.withLock(\.frames) }

    func begin(at instant: ContinuousClock.Instant) { state.withLock { $0.begunAt = instant } }

    /// The service's id for a booking whose request was due at this time since the beginning.
    func service(dueAfter due: Duration) -> ServiceID {
        .version8(RandomBits(high: mark, low: UInt64(due.inSeconds * 1e6)))
    }

    /// Notes that a booking of the provider was created: each of its sockets must receive one event.
    func expectFrames(of provider: Int) {
        state.withLock { $0.frames.owed += UInt64($0.listening[provider]) }
    }

    // MARK: - Sockets

    /// Opens sockets, spread evenly over the providers.
    func open(_ count: Int, tokens: [String], by service: LoadService) async {
        await withDiscardingTaskGroup { group in
            for worker in 0..<min(count, Self.maximumOpening) {
                group.addTask {
                    for number in stride(from: worker, to: count, by: Self.maximumOpening) {
                        let provider = number % tokens.count
                        await self.open(provider, tokens[provider], service)
                    }
                }
            }
        }
    }

    private func open(_ provider: Int, _ token: String, _ service: LoadService) async {
        let callbacks = SocketClient.Callbacks(
            received: { self.receive($0, at: .now) }, closed: { self.count(provider, by: -1) })
        do {
            let socket = try await SocketClient.connect(
                to: service.target, token: token, timeout: service.timeout, callbacks: callbacks)
            count(provider, by: 1)
            state.withLock { $0.sockets.append(socket) }
        } catch {
            state.withLock { $0.frames.socketErrors[LoadService.reason(error), default: 0] += 1 }
        }
    }

    private func count(_ provider: Int, by change: Int) {
        state.withLock { state in
            state.listening[provider] += change
            state.frames.socketsOpen += change
            if change < 0 { state.frames.socketsLost += 1 }
        }
    }

    func close() async {
        for socket in state.withLock(\.sockets) { await socket.close() }
    }

    // MARK: - Frames

    private func receive(_ packet: Substring, at now: ContinuousClock.Instant) {
        guard case .array(let arguments)? = try? JSONValue.parse(packet.utf8), arguments.count == 2 else { return }
        let service = arguments[1]["service_id"]?.string.flatMap { ServiceID($0) }
        state.withLock { state in
            guard arguments[0].string == EventName.created.rawValue, let service, service.high == mark else {
                state.frames.others += 1
                return
            }
            let due = state.begunAt + .microseconds(Int64(service.low & 0x3fff_ffff_ffff_ffff))
            state.frames.sample.record(due.duration(to: now))
        }
    }

    /// Waits until every expected event was received or `grace` is over, and counts what is missing as lost.
    func finish() async -> LoadFrames {
        let deadline = ContinuousClock.now + Self.grace
        while frames.missing > 0, ContinuousClock.now < deadline {
            try? await ContinuousClock().sleep(for: .milliseconds(10))
        }
        return state.withLock { state in
            state.frames.sample.lose(state.frames.missing)
            return state.frames
        }
    }
}
