import Logging
import Synchronization

/// The published keys of a deployment (`JWT_JWKS_URL`, `JWT_JWKS_FILE`), kept as fresh as tokens need them.
///
/// They are read again when ten minutes old, and for a token that names an unknown key, but never more often than
/// once in ten seconds. While they cannot be read the old ones count.
public final class KeyRing: Sendable {
    public typealias Source = @Sendable () async throws -> [UInt8]

    static let freshFor = Duration.seconds(600)
    static let shortestPause = Duration.seconds(10)

    private struct State {
        var keys: [PublishedKey]?
        var document: [UInt8] = []
        /// Counts the changes of the set: what was verified by an older one is to be verified again.
        var generation = 0
        var readAt: Timestamp?
        var triedAt: Timestamp?
        var reading: Task<Void, Never>?
        var isFailing = false
    }

    private let name: String
    private let source: Source
    private let clock: any WallClock
    private let logger: Logger
    private let state = Mutex(State())

    /// `name`: the variable, for log lines. `source`: gives the JSON Web Key Set (RFC 7517, section 5).
    public init(name: String, clock: any WallClock, logger: Logger, source: @escaping Source) {
        self.name = name
        self.clock = clock
        self.logger = logger
        self.source = source
    }

    /// Reads the set if it is time to, and gives its generation.
    func freshGeneration() async -> Int {
        await read { [clock] state in
            guard let readAt = state.readAt else { return true }
            return readAt.duration(to: clock.now()) >= Self.freshFor
        }
        return state.withLock(\.generation)
    }

    /// The keys that a token may mean; nil as long as no set could be read at all.
    func keys(algorithm: String, id: String?) async -> [VerificationKey]? {
        if let id {
            await read { state in !(state.keys ?? []).contains { $0.id == id && $0.key.algorithm == algorithm } }
        }
        return state.withLock(\.keys)?.filter { published in
            published.key.algorithm == algorithm && (id == nil || published.id == nil || published.id == id)
        }.map(\.key)
    }

    /// One reading at a time; whoever needs it waits for it.
    private func read(if isNeeded: @Sendable (State) -> Bool) async {
        let reading = state.withLock { state -> Task<Void, Never>? in
            guard isNeeded(state) else { return nil }
            if let running = state.reading { return running }
            let now = clock.now()
            if let triedAt = state.triedAt, triedAt.duration(to: now) < Self.shortestPause { return nil }
            state.triedAt = now
            let task = Task { await self.readOnce(at: now) }
            state.reading = task
            return task
        }
        await reading?.value
    }

    private func readOnce(at now: Timestamp) async {
        var outcome: Result<[UInt8], any Error>
        do { outcome = .success(try await source()) } catch { outcome = .failure(error) }
        let news = state.withLock { state -> (Logger.Level, String)? in
            state.reading = nil
            let document = try? outcome.get()
            guard let document, let keys = PublishedKey.set(document) else {
                defer { state.isFailing = true }
                return state.isFailing ? nil : (.warning, "The key set cannot be read; the known keys still count.")
            }
            defer { state.isFailing = false }
            state.readAt = now
            guard document != state.document else { return nil }
            (state.keys, state.document) = (keys, document)
            state.generation += 1
            return (.notice, "The key set was read.")
        }
        guard let (level, message) = news else { return }
        var metadata: Logger.Metadata = ["variable": "\(name)", "keys": "\(state.withLock { $0.keys?.count ?? 0 })"]
        if case .failure(let error) = outcome { metadata["error"] = "\(error)" }
        logger.log(level: level, "\(message)", metadata: metadata)
    }
}
