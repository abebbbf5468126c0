import Bookings
import Logging

/// The state of a published key set: decides when it is read, and what a reading changes. It performs no reading and
/// reads no clock; all times are elapsed times.
struct KeySetState: Sendable {
    /// What a caller needs of the set.
    enum Need: Equatable {
        /// A set whose last successful reading began within `refreshInterval`.
        case freshSet
        /// A key that may have signed a token of this algorithm and key id; `nil` is a token without an id.
        case key(algorithm: String, id: ByteString?)
    }

    /// What a caller has to do about its need.
    enum Action: Equatable {
        /// The need is met, or the last reading began too short a time ago.
        case nothing
        /// A reading is in progress: its end may meet the need.
        case join
        /// Read the set, then call `apply` and `endReading`.
        case start
    }

    /// The result of a reading.
    enum Outcome {
        /// The document has the same bytes as the one in use.
        case unchanged
        case changed(PublishedKeySet, document: [UInt8])
        case failed(reason: String)
    }

    /// An entry for the log.
    struct LogEntry: Equatable {
        let level: Logger.Level
        let message: String
        var metadata: Logger.Metadata = [:]
    }

    static let refreshInterval = Duration.seconds(600)
    static let minimumPause = Duration.seconds(10)

    /// The number of changes of the set: what an older one verified has to be verified again.
    private(set) var generation = 0
    /// `nil` until a set was read.
    private var keys: [PublishedKey]?
    /// The bytes that `keys` were read from.
    private var document: [UInt8] = []
    private var isReading = false
    /// When the last reading that succeeded began: a key that was removed during it may be in its result.
    private var lastSuccess: Duration?
    private var lastAttempt: Duration?
    private var isFailing = false

    // MARK: - Decisions

    /// Returns whether `document` is the one in use.
    func isInUse(_ document: [UInt8]) -> Bool { keys != nil && self.document == document }

    /// Returns the keys that may have signed a token; a key without an id matches every token. Returns `nil` until a
    /// set was read.
    func keys(algorithm: String, id: ByteString?) -> [VerificationKey]? {
        keys?.filter { published in
            published.key.algorithm == algorithm && (id == nil || published.id == nil || published.id == id)
        }.map(\.key)
    }

    /// Returns the time from the end of a reading to the next one that comes by itself: when the set is not fresh any more.
    ///
    /// A reading for an unknown key may fail while the set is fresh: that changes nothing about when it has to be read.
    func pauseBeforeRefresh(at now: Duration) -> Duration {
        let end = lastSuccess.map { $0 + Self.refreshInterval } ?? now
        return max(end, isFailing ? now + Self.minimumPause : now) - now
    }

    /// Returns what to do about `need`. After `start` the reading counts as begun.
    mutating func request(_ need: Need, at now: Duration) -> Action {
        if isMet(need, at: now) { return .nothing }
        if isReading { return .join }
        if let lastAttempt, now - lastAttempt < Self.minimumPause { return .nothing }
        (lastAttempt, isReading) = (now, true)
        return .start
    }

    private func isMet(_ need: Need, at now: Duration) -> Bool {
        switch need {
        case .freshSet: return lastSuccess.map { now - $0 < Self.refreshInterval } ?? false
        case .key(let algorithm, let id):
            guard let keys else { return false }
            // Without an id there is no telling that a key is missing.
            guard let id else { return true }
            return keys.contains { $0.id == id && $0.key.algorithm == algorithm }
        }
    }

    // MARK: - Results

    /// Puts the result of a reading into effect and returns what is to be logged. A series of failures is logged once.
    mutating func apply(_ outcome: Outcome) -> [LogEntry] {
        var entries: [LogEntry] = []
        switch outcome {
        case .failed(let reason):
            defer { isFailing = true }
            return isFailing ? [] : [Self.failure(reason, keyCount: keys?.count ?? 0)]
        case .unchanged: break
        case .changed(let set, let document):
            (keys, self.document) = (set.keys, document)
            generation += 1
            entries = Self.entries(about: set)
        }
        if isFailing { entries.insert(LogEntry(level: .notice, message: "The key set can be read again."), at: 0) }
        isFailing = false
        lastSuccess = lastAttempt
        return entries
    }

    /// Ends the reading, so that another one can start.
    mutating func endReading() { isReading = false }

    private static func failure(_ reason: String, keyCount: Int) -> LogEntry {
        LogEntry(
            level: .warning, message: "The key set cannot be read; the known keys stay in use.",
            metadata: ["error": "\(reason)", "keys": "\(keyCount)"])
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
