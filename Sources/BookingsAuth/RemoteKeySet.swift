import Bookings
import Logging
import Synchronization

/// The published keys of a deployment (`JWT_JWKS_URL`, `JWT_JWKS_FILE`), kept as fresh as tokens need them.
///
/// They are read in the background every ten minutes, and for a token that names an unknown key, but never more often
/// than once in ten seconds. Until a reading has ended, and while they cannot be read, the old ones count. Only a
/// token that names an unknown key waits for a reading, and every token of published keys until a first set was read.
package final class RemoteKeySet: Sendable {
    /// Gives the JSON Web Key Set, or throws within a bounded time. Only a `KeySourceError` is shown in the log.
    package typealias Source = @Sendable () async throws -> [UInt8]

    static let freshFor = Duration.seconds(600)
    static let shortestPause = Duration.seconds(10)

    private struct State {
        var keys: [PublishedKey]?
        var document: [UInt8] = []
        /// Counts the changes of the set: what was verified by an older one is to be verified again.
        var generation = 0
        /// On the clock's elapsed time, as all of them.
        var readAt: Duration?
        var triedAt: Duration?
        var reading: Task<Void, Never>?
        var next: (any ScheduledAction)?
        var isFailing = false

        func isStale(at now: Duration) -> Bool {
            guard let readAt else { return true }
            return now - readAt >= RemoteKeySet.freshFor
        }
    }

    private let name: String
    private let source: Source
    private let clock: any WallClock
    private let logger: Logger
    private let state = Mutex(State())

    /// `name`: the variable, for log lines. `source`: gives the JSON Web Key Set (RFC 7517, section 5).
    package init(name: String, clock: any WallClock, logger: Logger, source: @escaping Source) {
        self.name = name
        self.clock = clock
        self.logger = logger
        self.source = source
    }

    deinit {
        state.withLock { $0.next?.cancel() }
    }

    /// Begins to read the set when it is time to. Does not wait.
    package func refresh() {
        _ = reading { [clock] in $0.isStale(at: clock.elapsed()) }
    }

    /// The generation of the keys that count now; begins a reading when they are old, without waiting for it.
    func generation() -> Int {
        refresh()
        return state.withLock(\.generation)
    }

    /// The keys that a token may mean; nil as long as no set could be read at all.
    func keys(algorithm: String, id: ByteString?) async -> [VerificationKey]? {
        let lookedFor = reading { state in
            guard let keys = state.keys else { return true }
            guard let id else { return false }
            return !keys.contains { $0.id == id && $0.key.algorithm == algorithm }
        }
        await lookedFor?.value
        return state.withLock(\.keys)?.filter { published in
            published.key.algorithm == algorithm && (id == nil || published.id == nil || published.id == id)
        }.map(\.key)
    }

    /// The reading that answers the need: the one under way, or a new one. Nil when there is no need, and when the last
    /// one was too short a time ago.
    private func reading(if isNeeded: (borrowing State) -> Bool) -> Task<Void, Never>? {
        state.withLock { state in
            guard isNeeded(state) else { return nil }
            if let running = state.reading { return running }
            let now = clock.elapsed()
            if let triedAt = state.triedAt, now - triedAt < Self.shortestPause { return nil }
            state.triedAt = now
            let task = Task { await self.readOnce() }
            state.reading = task
            return task
        }
    }

    private func readOnce() async {
        let outcome: Result<[UInt8], any Error>
        do { outcome = .success(Self.withoutByteOrderMark(try await source())) } catch { outcome = .failure(error) }
        let lines = state.withLock { state -> [LogLine] in
            defer { scheduleNext(&state) }
            guard let document = try? outcome.get() else {
                return Self.failure(&state, because: Self.reason(of: outcome))
            }
            if document == state.document, state.keys != nil {
                return Self.success(&state, at: clock.elapsed())
            }
            guard let set = PublishedKey.set(document) else {
                return Self.failure(&state, because: "it is no JSON Web Key Set")
            }
            (state.keys, state.document) = (set.keys, document)
            state.generation += 1
            return Self.success(&state, at: clock.elapsed()) + Self.lines(of: set)
        }
        for line in lines {
            var metadata = line.metadata
            metadata["variable"] = "\(name)"
            logger.log(level: line.level, "\(line.text)", metadata: metadata)
        }
        // Last: whoever waits for this reading finds the keys and, in the log, what was wrong with them.
        state.withLock { $0.reading = nil }
    }

    /// Some publishers put one before their JSON, which RFC 8259 lets a reader pass over.
    private static func withoutByteOrderMark(_ document: [UInt8]) -> [UInt8] {
        document.starts(with: [0xef, 0xbb, 0xbf]) ? Array(document.dropFirst(3)) : document
    }

    /// The next reading comes by itself, however few tokens do.
    private func scheduleNext(_ state: inout State) {
        let pause = state.isFailing ? Self.shortestPause : Self.freshFor
        state.next?.cancel()
        state.next = clock.schedule(after: pause) { [weak self] in self?.refresh() }
    }

    // MARK: - What is logged

    private struct LogLine {
        let level: Logger.Level
        package let text: String
        let metadata: Logger.Metadata
    }

    private static func success(_ state: inout State, at now: Duration) -> [LogLine] {
        state.readAt = now
        defer { state.isFailing = false }
        guard state.isFailing, state.generation > 0 else { return [] }
        return [LogLine(level: .notice, text: "The key set can be read again.", metadata: [:])]
    }

    /// One line for a whole time of failing.
    private static func failure(_ state: inout State, because reason: String) -> [LogLine] {
        defer { state.isFailing = true }
        if state.isFailing { return [] }
        let text = "The key set cannot be read; the known keys still count."
        return [
            LogLine(level: .warning, text: text, metadata: ["error": "\(reason)", "keys": "\(state.keys?.count ?? 0)"])
        ]
    }

    private static func lines(of set: PublishedKey.KeySet) -> [LogLine] {
        let read = LogLine(level: .notice, text: "The key set was read.", metadata: ["keys": "\(set.keys.count)"])
        guard !set.passedOver.isEmpty else { return [read] }
        let reasons = set.passedOver.prefix(10).joined(separator: "; ")
        return [
            read,
            LogLine(
                level: .warning, text: "Some keys of the set are passed over.",
                metadata: ["count": "\(set.passedOver.count)", "reasons": "\(reasons)"]),
        ]
    }

    /// Errors of libraries may quote a URL, which may hold a secret.
    private static func reason(of outcome: Result<[UInt8], any Error>) -> String {
        guard case .failure(let error) = outcome else { return "" }
        return (error as? KeySourceError)?.reason ?? "\(type(of: error))"
    }
}

/// Why a key set could not be read. The reason is logged: it holds no part of the place.
package struct KeySourceError: Error, Hashable, Sendable {
    package let reason: String

    package init(_ reason: String) {
        self.reason = reason
    }
}
