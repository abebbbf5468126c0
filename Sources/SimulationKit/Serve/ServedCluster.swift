import Bookings
import BookingsAuth

/// The service's application on a clock that moves only when it is told to, for the tests of its clients.
///
/// Moves, faults, resets and looks follow each other. Requests of clients go to the replicas directly, at any time.
package actor ServedCluster {
    package struct Options: Sendable {
        /// The port of each replica; 0 for any.
        package let ports: [Int]
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

    let options: Options
    /// Where the clients connect to the replicas. They stay the same over crashes and resets.
    let fronts: [TCPProxy]
    let web = WebClient()
    private(set) var cluster: Cluster
    /// The faults that last, in the order in which they began.
    var faults: [ActiveFault] = []
    /// What was read of the event log, and what was done.
    var record: ServedRecord
    /// The end of the last move, reset or look that was begun.
    private var last: Task<Void, Never>?

    /// Starts the replicas.
    ///
    /// - Throws: An error of the system when a port is in use.
    package static func start(_ options: Options) async throws -> ServedCluster {
        let fronts = options.ports.map { _ in TCPProxy(target: 0, tap: options.mutant?.answerTap) }
        do {
            for (front, port) in zip(fronts, options.ports) { try await front.start(port: port) }
            return ServedCluster(options, fronts, cluster: try await open(options, fronts))
        } catch {
            for front in fronts { await front.stop() }
            throw error
        }
    }

    /// Where clients reach the replicas, on the loopback address.
    package var ports: [Int] { fronts.map(\.port) }

    package var now: Timestamp { get async { await cluster.now } }

    private init(_ options: Options, _ fronts: [TCPProxy], cluster: Cluster) {
        self.options = options
        self.fronts = fronts
        self.cluster = cluster
        record = ServedRecord(options.plan)
    }

    private static func open(_ options: Options, _ fronts: [TCPProxy]) async throws -> Cluster {
        let plan = options.plan
        let deployment: any Deployment =
            if let services = options.services {
                try await ServiceDeployment.open(plan, services, hasPostgresProxy: true)
            } else {
                try await SharedDeployment.open(plan)
            }
        let cluster = Cluster(
            plan: plan, deployment: deployment, time: TrueTime(options.begin), patience: patience,
            fronts: fronts)
        do { try await cluster.start() } catch {
            await cluster.stop()
            throw error
        }
        return cluster
    }

    /// Begins anew with empty stores, at the first instant. When that fails, the replicas go on as they were.
    package func reset() async throws {
        try await exclusively { try await self.replaceCluster() }
    }

    private func replaceCluster() async throws {
        for front in fronts {
            front.refuse(true)
            await front.cut()
            front.reset()
        }
        defer { for front in fronts { front.refuse(false) } }
        let old = cluster
        do { cluster = try await Self.open(options, fronts) } catch {
            await old.aimFronts()
            throw error
        }
        faults = []
        record = ServedRecord(options.plan)
        await old.stop()
    }

    /// Ends the replicas.
    package func stop() async {
        for front in fronts { await front.stop() }
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
