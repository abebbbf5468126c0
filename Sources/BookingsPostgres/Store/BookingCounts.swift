import Bookings
import Dispatch
import Logging
import Synchronization

/// Keeps the counts of bookings (migration 0003) in the background: counts the bookings of owners that have many, and
/// brings the counts up to the event log.
///
/// A total is exact with any state of the counts; they decide only how much is read for it.
final class BookingCounts: Sendable {
    private struct State {
        var folding = CountFolding()
        /// The owners that are to be counted. The first one is being counted.
        var uncounted: [CountedOwner] = []
        /// After a failure no owner is counted before this instant.
        var notBefore = ContinuousClock.now
    }

    /// The most owners that wait to be counted; a page of an owner that is not among them asks again.
    private static let maximumUncounted = 100
    private static let retryInterval = Duration.seconds(10)

    private let pool: PostgresPool
    private let url: String
    private let logger: Logger
    private let state = Mutex(State())

    init(pool: PostgresPool, url: String, logger: Logger) {
        self.pool = pool
        self.url = url
        self.logger = logger
    }

    // MARK: - Following the log

    func wrote() {
        if state.withLock({ $0.folding.wrote() }) { fold() }
    }

    func isBehind(by positions: Int) {
        if state.withLock({ $0.folding.isBehind(by: positions) }) { fold() }
    }

    private func fold() {
        Task {
            let rows = try? await pool.part(Statements.foldCounts, ["\(CountFolding.partSize)"])
            let count = (try? rows?.first?.integer(0)).map { Int($0) }
            if state.withLock({ $0.folding.folded(count) }) { fold() }
        }
    }

    // MARK: - Counting an owner

    /// Counts the owner's bookings soon. It takes seconds for a million bookings, on a connection of its own.
    func count(_ owner: CountedOwner) {
        let isFirst = state.withLock { state in
            guard ContinuousClock.now >= state.notBefore, state.uncounted.count < Self.maximumUncounted,
                !state.uncounted.contains(owner)
            else { return false }
            state.uncounted.append(owner)
            return state.uncounted.count == 1
        }
        if isFirst { DispatchQueue.global().async { [self] in countAll() } }
    }

    private func countAll() {
        while let owner = state.withLock({ $0.uncounted.first }) {
            do throws(PostgresError) {
                try MigrationConnection.count(owner, on: url)
                state.withLock { _ = $0.uncounted.removeFirst() }
            } catch {
                logger.warning(
                    "Bookings could not be counted; pages read them one by one.", metadata: ["error": "\(error)"])
                state.withLock { state in
                    state.uncounted = []
                    state.notBefore = .now + Self.retryInterval
                }
            }
        }
    }
}

extension MigrationConnection {
    /// Counts the bookings of an owner in a transaction that may take as long as it needs.
    fileprivate static func count(_ owner: CountedOwner, on url: String) throws(PostgresError) {
        let connection = try MigrationConnection(url: url)
        try connection.execute("begin; set local statement_timeout = 0")
        try connection.execute("select count_owner($1)", [owner.key])
        try connection.execute("commit")
    }
}
