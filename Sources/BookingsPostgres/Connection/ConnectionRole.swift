import Bookings

/// What a connection is for: how its requests are sent, and the server's settings for it.
struct ConnectionRole: Sendable {
    enum Kind: Hashable, Sendable { case reads, writes }

    let kind: Kind
    /// The most requests that are sent together.
    let maximumRequests: Int
    /// The most transactions in flight.
    let maximumTransactions: Int
    let settings: ConnectionSettings

    /// Short reads, whose plans do not depend on their parameters.
    ///
    /// While one transaction is answered the next one is already at the server: the database never waits for this
    /// process, and what comes meanwhile gathers.
    static let reads = ConnectionRole(
        kind: .reads, maximumRequests: 256, maximumTransactions: 2,
        settings: ConnectionSettings(PlannerSettings.reads))

    /// Writes. A lock that another transaction holds stops all that is sent on the connection: writes take the rows of
    /// bookings without waiting, and nothing else waits for long.
    static let writes = ConnectionRole(
        kind: .writes, maximumRequests: 64, maximumTransactions: 2,
        settings: ConnectionSettings([("lock_timeout", "2000")]))

    /// Lists, which are short nearly always: few share a transaction. A statement that exceeds the budget is sent again
    /// on a connection for long lists, so that it holds up the others no longer.
    static let lists = ConnectionRole(
        kind: .reads, maximumRequests: 8, maximumTransactions: 8,
        settings: ConnectionSettings(
            PlannerSettings.reads + [("statement_timeout", "\(shortListBudget.wholeMilliseconds)")]))

    /// Lists that read many rows, one at a time.
    static let longLists = ConnectionRole(
        kind: .reads, maximumRequests: 1, maximumTransactions: 1,
        settings: ConnectionSettings(
            PlannerSettings.reads + [("statement_timeout", "\(longListBudget.wholeMilliseconds)")]))

    /// Parts of long work, each of which ends its transaction, so that the locks of one are released before the next.
    static let parts = ConnectionRole(
        kind: .reads, maximumRequests: 1, maximumTransactions: 1,
        settings: ConnectionSettings(PlannerSettings.reads + [("lock_timeout", "2000")]))

    /// How long a list may take on the connection that all owners share.
    static let shortListBudget = Duration.milliseconds(100)
    /// How long a list may take at most. Two of them fit into the time that a caller waits.
    private static let longListBudget = Duration.seconds(5)
}
