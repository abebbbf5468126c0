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

    /// Reads whose work grows with what they find: few share a transaction.
    static let lists = ConnectionRole(
        kind: .reads, maximumRequests: 8, maximumTransactions: 8, settings: ConnectionSettings([]))
}
