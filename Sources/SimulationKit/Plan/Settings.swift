import Bookings

/// The configuration of a run: the world, the service and its clients.
package struct Settings: Codable, Hashable, Sendable {
    /// Where the replicas run.
    package var world = WorldKind.inProcess
    /// What the replicas store their data in.
    package var stores = Stores.embedded
    /// The number of replicas.
    package var replicas = 3
    /// The virtual time at the beginning of the run, in milliseconds since 1970.
    package var begin: Int64
    /// The virtual length of the run, in milliseconds.
    package var until: Int64
    /// The reminder leads, in milliseconds.
    package var leads: [Int64] = [600_000]
    /// Whether new bookings are pending instead of confirmed.
    package var isPendingFirst = false
    /// The lifetime of cached pages, in seconds.
    package var cacheSeconds = 30
    /// How long the service keeps events, in seconds.
    package var retentionSeconds = 400 * 86_400
    /// Whether replicas offer connection state recovery to sockets.
    package var recoversSockets = false
    /// How far the clock of each replica is ahead of true time, in milliseconds; empty when all are exact.
    package var skews: [Int64] = []
    /// The indices of providers whose bookings are raced for. The trace leaves these bookings out.
    package var racyProviders: [Int] = []
    /// How many requests each caller may send in a minute; `nil` for no limit.
    package var requestsAMinute: Int?
    /// Whether clients write instants with the offset of central European time instead of in UTC.
    package var usesLocalTime = false
    /// Whether clients connect through proxies, which faults of the network need.
    package var isProxied = false
    /// Whether replicas verify tokens with the keys of a key server, besides the secret.
    package var hasKeyServer = false
    /// Whether the run has receivers of webhooks.
    package var hasReceivers = false
    /// Whether a proxy that changes nothing is between the replicas and all clients.
    package var isFronted = false
    /// The number of customers. A socket of each customer, of each listening provider and of the admin
    /// is open from the beginning.
    package var customers = 2
    /// The number of providers.
    package var providers = 4
    /// The number of providers whose sockets listen, those with the lowest indices; `nil` for all.
    package var listeningProviders: Int?
}

/// The world in which a plan runs.
package enum WorldKind: String, Codable, CaseIterable, Sendable {
    /// Replicas in this process, on a virtual clock.
    case inProcess = "in-process"
    /// Replicas as child processes, on virtual clocks that this process advances; a crash is SIGKILL.
    case processes
    /// A deployed service, in real time.
    case remote
}

/// The stores behind the replicas.
package enum Stores: String, Codable, CaseIterable, Sendable {
    /// SQLite and the event bus of this process.
    case embedded
    /// Ephemeral PostgreSQL and Redis servers.
    case services
}
