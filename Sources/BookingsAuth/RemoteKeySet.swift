import Bookings
import Logging
import Synchronization

/// A published key set of this deployment (`JWT_JWKS_URL` or `JWT_JWKS_FILE`), read again as often as tokens need it.
///
/// It is read in the background every ten minutes, and for a token that names an unknown key, but never more often
/// than every ten seconds. The old keys count until a reading has ended and while readings fail. Only tokens that name
/// an unknown key wait for a reading, and all tokens of published keys until a first set was read.
package final class RemoteKeySet: Sendable {
    /// Returns the bytes of the JSON Web Key Set, or throws within a bounded time. Only the reason of a
    /// `KeySourceError` is logged.
    package typealias Source = @Sendable () async throws -> [UInt8]

    private static let refreshInterval = Duration.seconds(600)
    private static let minimumPause = Duration.seconds(10)

    /// All times are elapsed times of the clock.
    private struct State {
        /// `nil` until a set was read.
        var keys: [PublishedKey]?
        /// The bytes that `keys` were read from.
        var document: [UInt8] = []
        /// The number of changes of the set: what an older one verified has to be verified again.
        var generation = 0
        var lastSuccess: Duration?
        var lastAttempt: Duration?
        /// The reading in progress.
        var reading: Task<Void, Never>?
        var nextRefresh: (any ScheduledAction)?
        var isFailing = false

        func isStale(at now: Duration) -> Bool {
            guard let lastSuccess else { return true }
            return now - lastSuccess >= RemoteKeySet.refreshInterval
        }
    }

    /// What a reading found.
    private enum Outcome {
        case unchanged
        case changed(PublishedKeySet, document: [UInt8])
        case failed(reason: String)
    }

    private let name: String
    private let source: Source
    private let clock: any WallClock
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameters:
    ///   - name: The name of the variable that configures the set, for the log.
    ///   - source: Reads the set (RFC 7517, section 5).
    package init(name: String, clock: any WallClock, logger: Logger, source: @escaping Source) {
        self.name = name
        self.clock = clock
        self.logger = logger
        self.source = source
    }

    deinit {
        state.withLock { $0.nextRefresh?.cancel() }
    }

    /// Starts to read the set when it is stale, without waiting for the result.
    package func refresh() {
        _ = reading { [clock] in $0.isStale(at: clock.elapsed()) }
    }

    /// Returns the generation of the current keys; starts to read them when they are stale, without waiting.
    func generation() -> Int {
        refresh()
        return state.withLock(\.generation)
    }

    /// Returns the keys that may have signed a token, after a reading when none of them has its id.
    ///
    /// - Parameters:
    ///   - algorithm: The algorithm of the token.
    ///   - id: The id of the key in the token; `nil` matches every key. A key without an id matches every token.
    /// - Returns: `nil` as long as no set could be read at all.
    func keys(algorithm: String, id: ByteString?) async -> [VerificationKey]? {
        let reading = reading { state in
            guard let keys = state.keys else { return true }
            guard let id else { return false }
            return !keys.contains { $0.id == id && $0.key.algorithm == algorithm }
        }
        await reading?.value
        return state.withLock(\.keys)?.filter { published in
            published.key.algorithm == algorithm && (id == nil || published.id == nil || published.id == id)
        }.map(\.key)
    }

    // MARK: - Reading

    /// Returns the reading in progress, or starts one. Returns `nil` when none is needed, and when the last one was
    /// too short a time ago.
    private func reading(if isNeeded: (borrowing State) -> Bool) -> Task<Void, Never>? {
        state.withLock { state in
            guard isNeeded(state) else { return nil }
            if let reading = state.reading { return reading }
            let now = clock.elapsed()
            if let lastAttempt = state.lastAttempt, now - lastAttempt < Self.minimumPause { return nil }
            state.lastAttempt = now
            let task = Task { await self.readOnce() }
            state.reading = task
            return task
        }
    }

    private func readOnce() async {
        let outcome = await outcomeOfReading()
        let entries = state.withLock { state in
            defer { scheduleRefresh(&state) }
            return apply(outcome, to: &state)
        }
        for entry in entries {
            var metadata = entry.metadata
            metadata["variable"] = "\(name)"
            logger.log(level: entry.level, "\(entry.message)", metadata: metadata)
        }
        // Last, so that whoever waits for this reading finds the keys and, in the log, what was wrong with them.
        state.withLock { $0.reading = nil }
    }

    private func outcomeOfReading() async -> Outcome {
        do {
            let document = Self.withoutByteOrderMark(try await source())
            if state.withLock({ $0.keys != nil && $0.document == document }) { return .unchanged }
            guard let set = await PublishedKeySet(document) else {
                return .failed(reason: "it is not a JSON Web Key Set")
            }
            return .changed(set, document: document)
        } catch {
            // Errors of libraries may quote a URL, which may contain a secret.
            return .failed(reason: (error as? KeySourceError)?.reason ?? "\(type(of: error))")
        }
    }

    /// Removes the byte order mark that some publishers write, as RFC 8259, section 8.1, lets a parser do.
    private static func withoutByteOrderMark(_ document: [UInt8]) -> [UInt8] {
        document.starts(with: [0xef, 0xbb, 0xbf]) ? Array(document.dropFirst(3)) : document
    }

    /// Schedules the next reading, so that a set is fresh even when no token asks for it.
    private func scheduleRefresh(_ state: inout State) {
        let pause = state.isFailing ? Self.minimumPause : Self.refreshInterval
        state.nextRefresh?.cancel()
        state.nextRefresh = clock.schedule(after: pause) { [weak self] in self?.refresh() }
    }

    // MARK: - Result

    private struct LogEntry {
        let level: Logger.Level
        let message: String
        var metadata: Logger.Metadata = [:]
    }

    /// Changes the state to the outcome of a reading, and returns what is to be logged. A series of failures is
    /// logged once.
    private func apply(_ outcome: Outcome, to state: inout State) -> [LogEntry] {
        var entries: [LogEntry] = []
        switch outcome {
        case .failed(let reason):
            defer { state.isFailing = true }
            if state.isFailing { return [] }
            let count = state.keys?.count ?? 0
            return [
                LogEntry(
                    level: .warning, message: "The key set cannot be read; the known keys stay in use.",
                    metadata: ["error": "\(reason)", "keys": "\(count)"])
            ]
        case .unchanged: break
        case .changed(let set, let document):
            (state.keys, state.document) = (set.keys, document)
            state.generation += 1
            entries = Self.entries(about: set)
        }
        if state.isFailing {
            entries.insert(LogEntry(level: .notice, message: "The key set can be read again."), at: 0)
        }
        state.isFailing = false
        state.lastSuccess = clock.elapsed()
        return entries
    }

    private static func entries(about set: PublishedKeySet) -> [LogEntry] {
        let read = LogEntry(
            level: .notice, message: "The key set was read.", metadata: ["keys": "\(set.keys.count)"])
        guard !set.rejections.isEmpty else { return [read] }
        let reasons = set.rejections.prefix(10).joined(separator: "; ")
        return [
            read,
            LogEntry(
                level: .warning, message: "Some keys of the set are not used.",
                metadata: ["count": "\(set.rejections.count)", "reasons": "\(reasons)"]),
        ]
    }
}

/// The reason why a key set could not be read, for the log: it contains no part of a URL or path.
package struct KeySourceError: Error, Hashable, Sendable {
    package let reason: String

    package init(_ reason: String) {
        self.reason = reason
    }
}
