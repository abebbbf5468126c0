import Bookings
import Synchronization

/// The sockets of a load, and what comes to them.
final class LoadAudience: Sendable {
    private struct State {
        var frames = LoadFrames()
        var begunAt = ContinuousClock.now
        /// Open sockets of each provider.
        var listening: [Int]
        var sockets: [LoadSocket] = []
    }

    /// The first half of the service's id of each booking that the load makes; the second says when it was due, in
    /// microseconds since the beginning. So a frame tells by itself how long it took.
    private let mark: UInt64
    private let state: Mutex<State>

    /// How many sockets are being opened at one time.
    private static let openingAtOnce = 64
    /// How long frames may still come after the last answer.
    private static let grace = Duration.seconds(3)

    init(providers: Int, mark: UInt64) {
        self.mark = ServiceID.version8(RandomBits(high: mark, low: 0)).high
        state = Mutex(State(listening: Array(repeating: 0, count: providers)))
    }

    var frames: LoadFrames { state.withLock(\.frames) }

    func begin(at instant: ContinuousClock.Instant) { state.withLock { $0.begunAt = instant } }

    /// The id of a service that names the instant at which its booking was due.
    func service(dueAfter due: Duration) -> ServiceID {
        .version8(RandomBits(high: mark, low: UInt64(due.inSeconds * 1e6)))
    }

    /// A booking was made with this provider: each of its sockets is owed a frame.
    func expectFrames(of provider: Int) {
        state.withLock { $0.frames.owed += UInt64($0.listening[provider]) }
    }

    // MARK: - Sockets

    /// Spreads the sockets over the providers, one after the other.
    func open(_ count: Int, tokens: [String], by service: LoadService) async {
        await withDiscardingTaskGroup { group in
            for worker in 0..<min(count, Self.openingAtOnce) {
                group.addTask {
                    for number in stride(from: worker, to: count, by: Self.openingAtOnce) {
                        let provider = number % tokens.count
                        await self.open(provider, tokens[provider], service)
                    }
                }
            }
        }
    }

    private func open(_ provider: Int, _ token: String, _ service: LoadService) async {
        let listener = LoadSocket.Listener(
            accepted: { self.count(provider, by: 1) },
            received: { name, data in self.receive(name, data, at: .now) },
            ended: { self.count(provider, by: -1) })
        do {
            let socket = try await LoadSocket.open(
                service.target, token: token, patience: service.patience, listener: listener)
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

    private func receive(_ name: String, _ data: JSONValue, at now: ContinuousClock.Instant) {
        let service = data["service_id"]?.string.flatMap { ServiceID($0) }
        state.withLock { state in
            guard name == EventName.created.rawValue, let service, service.high == mark else {
                state.frames.others += 1
                return
            }
            let due = state.begunAt + .microseconds(Int64(service.low & 0x3fff_ffff_ffff_ffff))
            state.frames.sample.record(due.duration(to: now))
        }
    }

    /// Waits until every frame that is owed is there, or none can be expected any more; then what is missing is lost.
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
