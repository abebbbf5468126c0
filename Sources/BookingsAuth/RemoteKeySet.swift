import Bookings
import Logging
import Synchronization

/// A published key set of this deployment (`JWT_JWKS_URL` or `JWT_JWKS_FILE`), read again as often as tokens need it.
///
/// It is read in the background every ten minutes, and for a token that names an unknown key, but never more often
/// than every ten seconds. The old keys count until a reading has ended and while readings fail. Only tokens that name
/// an unknown key wait for a reading, and all tokens of published keys until a first set was read.
///
/// `KeySetState` decides; this type reads, logs and schedules.
package final class RemoteKeySet: Sendable {
    /// Returns the bytes of the JSON Web Key Set, or throws within a bounded time. Only the reason of a
    /// `KeySourceError` is logged.
    package typealias Source = @Sendable () async throws -> [UInt8]

    private struct State {
        var keySet = KeySetState()
        /// The reading in progress.
        var reading: Task<Void, Never>?
        var nextRefresh: (any ScheduledAction)?
    }

    private let name: String
    private let source: Source
    private let clock: any WallClock
    private let logger: Logger
    private let inFlightWork: InFlightWork
    private let state = Mutex(State())

    /// - Parameters:
    ///   - name: The name of the variable that configures the set, for the log.
    ///   - inFlightWork: Counts the readings.
    ///   - source: Reads the set (RFC 7517, section 5).
    package init(
        name: String, clock: any WallClock, logger: Logger, inFlightWork: InFlightWork = InFlightWork(),
        source: @escaping Source
    ) {
        self.name = name
        self.clock = clock
        self.logger = logger
        self.inFlightWork = inFlightWork
        self.source = source
    }

    deinit {
        state.withLock { $0.nextRefresh?.cancel() }
    }

    /// Starts to read the set when it is stale, without waiting for the result.
    package func refresh() {
        _ = reading(for: .freshSet)
    }

    /// Returns the generation of the current keys; starts to read them when they are stale, without waiting.
    func generation() -> Int {
        refresh()
        return state.withLock(\.keySet.generation)
    }

    /// Returns the keys that may have signed a token, after a reading when none of them has its id.
    ///
    /// - Parameters:
    ///   - algorithm: The algorithm of the token.
    ///   - id: The id of the key in the token; `nil` matches every key.
    /// - Returns: `nil` as long as no set could be read at all.
    func keys(algorithm: String, id: ByteString?) async -> [VerificationKey]? {
        await reading(for: .key(algorithm: algorithm, id: id))?.value
        return state.withLock { $0.keySet.keys(algorithm: algorithm, id: id) }
    }

    /// Returns the reading that may meet `need`, or `nil` when there is none to wait for.
    private func reading(for need: KeySetState.Need) -> Task<Void, Never>? {
        state.withLock { state in
            switch state.keySet.request(need, at: clock.elapsed()) {
            case .nothing: return nil
            case .join: return state.reading
            case .start:
                inFlightWork.begin(.keys)
                // Created under the lock, which the task needs too: it cannot end before it is stored.
                let task = Task { await self.read() }
                state.reading = task
                return task
            }
        }
    }

    private func read() async {
        let outcome = await outcomeOfReading()
        let entries = state.withLock { state in
            defer { scheduleRefresh(&state) }
            return state.keySet.apply(outcome)
        }
        for entry in entries {
            var metadata = entry.metadata
            metadata["variable"] = "\(name)"
            logger.log(level: entry.level, "\(entry.message)", metadata: metadata)
        }
        // Last, so that callers that wait for this reading find the keys, and the log lines about ignored ones.
        state.withLock { state in
            state.keySet.endReading()
            state.reading = nil
        }
        inFlightWork.end(.keys)
    }

    private func outcomeOfReading() async -> KeySetState.Outcome {
        do {
            let document = Self.withoutByteOrderMark(try await source())
            if state.withLock({ $0.keySet.isInUse(document) }) { return .unchanged }
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
        state.nextRefresh?.cancel()
        let pause = state.keySet.pauseBeforeRefresh(at: clock.elapsed())
        state.nextRefresh = clock.schedule(after: pause) { [weak self] in self?.refresh() }
    }
}
