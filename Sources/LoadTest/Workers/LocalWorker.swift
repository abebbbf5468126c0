import Bookings
import BookingsAuth
import BookingsRuntime
import NIOCore
import NIOPosix
import NIOSSL
import SimulationKit
import Synchronization

/// A worker in this process, on some event loops.
final class LocalWorker: LoadWorker {
    let settings: LoadSettings
    let clock: any WallClock
    private let group: MultiThreadedEventLoopGroup
    private let generators: Mutex<[NIOLoopBound<LoadGenerator>]> = Mutex([])
    let listeners = ListenerConnections()
    /// This process's place among all.
    let process: Int
    private let processes: Int

    init(settings: LoadSettings, clock: any WallClock, process: Int = 0, of processes: Int = 1) {
        self.settings = settings
        self.clock = clock
        self.process = process
        self.processes = processes
        group = MultiThreadedEventLoopGroup(numberOfThreads: settings.loops)
    }

    /// The number of event loops of all processes.
    var parts: Int { processes * settings.loops }
    var bound: [NIOLoopBound<LoadGenerator>] { generators.withLock { $0 } }

    // MARK: - Preparation

    func prepare() async throws -> LoadPreparation {
        let tls = try settings.target.tlsContext()
        for (index, loop) in group.makeIterator().enumerated() {
            let users = LoadUsers(settings).part(process * settings.loops + index, of: parts)
            let generator = try await loop.submit { [settings, clock] in
                let pool = ConnectionPool(target: settings.target, tls: tls, loop: loop)
                return NIOLoopBound(
                    LoadGenerator(loop: loop, settings: settings, clock: clock, pool: pool, users: users),
                    eventLoop: loop)
            }.get()
            generators.withLock { $0.append(generator) }
        }
        for generator in bound { try await Preparation(settings: settings, clock: clock, generator: generator).run() }
        try await listeners.open(on: bound, settings: settings, tls: tls, part: process, of: processes)
        let frames = try await sum { $0.measures }.frames
        return LoadPreparation(listeners: frames.socketsOpen, errors: frames.socketErrors)
    }

    func reportedLead() async throws -> Duration {
        guard let generator = bound.first else { throw LoadError.noLead }
        return try await Preparation(settings: settings, clock: clock, generator: generator).reportedLead()
    }

    func arm(for begin: Timestamp, lead: Duration) async throws {
        try await withThrowingTaskGroup { group in
            for (index, generator) in bound.enumerated() {
                let preparation = Preparation(settings: settings, clock: clock, generator: generator)
                let part = process * settings.loops + index
                group.addTask { [parts] in
                    try await preparation.arm(for: begin, lead: lead, part: part, of: parts)
                }
            }
            try await group.waitForAll()
        }
    }

    func stop() async {
        for generator in bound { try? await generator.run { $0.stop() } }
    }

    func close() async {
        for generator in bound { try? await generator.run { $0.isClosing = true } }
        await listeners.close()
        for generator in bound { try? await generator.run { $0.pool.shutdown() } }
        try? await group.shutdownGracefully()
    }

    // MARK: - Sums over the event loops

    func missing() async throws -> Int {
        var sum = 0
        for generator in bound { sum += try await generator.run { $0.missing } }
        return sum
    }

    func sum(_ part: @escaping @Sendable (LoadGenerator) -> LoadMeasures) async throws -> LoadMeasures {
        var sum = LoadMeasures()
        for generator in bound { sum.add(try await generator.run(part)) }
        return sum
    }
}
