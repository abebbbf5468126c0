import Bookings
import BookingsAuth

/// The service's application on a clock that moves only when it is told to, for the tests of its clients.
///
/// Moves, faults, resets and looks follow each other. Requests of clients go to the replicas directly, at any time.
package actor ServedCluster {
    package struct Options: Sendable {
        /// The port of each replica; 0 for any.
        package fileprivate(set) var ports: [Int]
        /// The instant at which the clock begins.
        package let begin: Timestamp
        /// The seed of all ids.
        package let seed: UInt64
        /// The bug to plant; `nil` for the service as it is.
        package let mutant: Mutant?
        /// PostgreSQL and Redis; `nil` for the embedded stores.
        package let services: EphemeralStores?

        package init(
            ports: [Int], begin: Timestamp, seed: UInt64, mutant: Mutant? = nil, services: EphemeralStores? = nil
        ) {
            self.ports = ports
            self.begin = begin
            self.seed = seed
            self.mutant = mutant
            self.services = services
        }

        /// The plan of a run without steps on the same service.
        var plan: Plan {
            var settings = Settings(begin: begin.milliseconds, until: 0)
            settings.replicas = ports.count
            settings.stores = services == nil ? .embedded : .services
            return Plan(scenario: .everything, seed: seed, settings: settings, steps: [], mutant: mutant?.name)
        }
    }

    /// How long a move waits for work that does not come to its end, in real time.
    private static let patience = Duration.seconds(10)

    /// With the ports that the replicas got at their first start.
    private(set) var options: Options
    let web = WebClient()
    private(set) var cluster: Cluster
    /// The faults that last, in the order in which they began.
    var faults: [ActiveFault] = []
    /// What was read of the event log, and what was done.
    var record: ServedRecord
    /// The end of the last move, reset or look that was begun.
    private var last: Task<Void, Never>?

    /// Starts the replicas.
    package static func start(_ options: Options) async throws -> ServedCluster {
        let cluster = try await open(options)
        var options = options
        for number in options.ports.indices {
            if let endpoint = await cluster.endpoint(number) { options.ports[number] = endpoint.address.port }
        }
        return ServedCluster(options, cluster: cluster)
    }

    /// Where the replicas listen, on the loopback address.
    package var ports: [Int] { options.ports }

    package var now: Timestamp { get async { await cluster.now } }

    private init(_ options: Options, cluster: Cluster) {
        self.options = options
        self.cluster = cluster
        record = ServedRecord(options.plan)
    }

    private static func open(_ options: Options) async throws -> Cluster {
        let plan = options.plan
        let deployment: any Deployment =
            if let services = options.services {
                try await ServiceDeployment.open(plan, services)
            } else {
                try await SharedDeployment.open(plan)
            }
        let cluster = Cluster(
            plan: plan, deployment: deployment, time: TrueTime(options.begin), patience: patience,
            ports: options.ports)
        try await cluster.start()
        return cluster
    }

    /// Begins anew with empty stores, at the first instant.
    package func reset() async throws {
        try await exclusively {
            await self.cluster.stop()
            try await self.reopen()
        }
    }

    private func reopen() async throws {
        faults = []
        record = ServedRecord(options.plan)
        cluster = try await Self.open(options)
    }

    /// Ends the replicas.
    package func stop() async {
        await cluster.stop()
        await web.shutdown()
    }

    /// Does one thing after the other.
    func exclusively<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let task = Task { [last] in
            await last?.value
            return try await work()
        }
        last = Task { _ = try? await task.value }
        return try await task.value
    }
}
