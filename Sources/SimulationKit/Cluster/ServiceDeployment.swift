import Bookings
import Synchronization

/// A database of the run's own on an ephemeral PostgreSQL server, and Redis behind a proxy.
final class ServiceDeployment: Deployment {
    /// The proxy before PostgreSQL, where faults may need it.
    private struct Line {
        let proxy: TCPProxy
        let wire: PostgresWire
    }

    private let services: EphemeralStores
    /// The database without the proxy.
    private let directURL: String
    let databaseURL: String
    let redisURL: String
    private let redis: TCPProxy
    private let line: Line?
    private let counts = Mutex<[CoverageMark: Int]>([:])
    /// The refusal that is active.
    private let refusal = Mutex<(kind: PostgresRefusal, times: Int)?>(nil)

    /// - Parameter hasPostgresProxy: Whether a proxy is before PostgreSQL although no fault of the plan needs it.
    static func open(
        _ plan: Plan, _ services: EphemeralStores, hasPostgresProxy: Bool = false
    ) async throws -> ServiceDeployment {
        let directURL = try await services.freshDatabase()
        try await services.flushRedis()
        try await SchemaChange.apply(plan, to: directURL)
        let redis = TCPProxy(target: services.redisPort, tap: Mutant(named: plan.mutant)?.redisTap)
        let redisURL = "redis://127.0.0.1:\(try await redis.start())"
        guard hasPostgresProxy || plan.needs(.postgresProxy) else {
            return ServiceDeployment(services, directURL, directURL, redisURL, redis, nil)
        }
        let wire = PostgresWire()
        let proxy = TCPProxy(target: services.postgresPort, tap: { wire.tap() })
        let databaseURL = services.through(port: try await proxy.start(), directURL)
        return ServiceDeployment(services, directURL, databaseURL, redisURL, redis, Line(proxy: proxy, wire: wire))
    }

    private init(
        _ services: EphemeralStores, _ directURL: String, _ databaseURL: String, _ redisURL: String,
        _ redis: TCPProxy, _ line: Line?
    ) {
        self.services = services
        self.directURL = directURL
        self.databaseURL = databaseURL
        self.redisURL = redisURL
        self.redis = redis
        self.line = line
    }

    func open(_ setup: ReplicaSetup) async throws -> any Replica {
        var setup = setup
        setup.databaseURL = databaseURL
        setup.redisURL = redisURL
        return try await InProcessReplica.open(setup, shared: nil)
    }

    // MARK: - Redis

    func cutBus() async throws {
        redis.refuse(true)
        await redis.cut()
    }

    func restoreBus() async throws { redis.refuse(false) }
    func flushRedis() async throws { try await services.flushRedis() }
    func restartRedis() async throws { try await services.restartRedis() }
    func snapshotRedis() async throws { try await services.snapshotRedis() }
    func failOverRedis() async throws { count(.redisLostWrites, try await services.failOverRedis()) }

    // MARK: - PostgreSQL

    func restartPostgres() async throws { try await services.restartPostgres() }

    func slowPostgres(by delay: Duration) async throws -> Bool {
        if delay > .zero { count(.storeSlow, 1) }
        line?.proxy.delay(by: delay)
        return line != nil
    }

    func armPostgres(_ wireFault: PostgresWire.WireFault?) async throws { line?.wire.arm(wireFault) }

    func refuseWrites(_ kind: PostgresRefusal?, times: Int) async throws {
        if let kind {
            try await EphemeralStores.sql(RefusingTrigger.make(kind, times: times), on: directURL)
            refusal.withLock { $0 = (kind, times) }
        } else if let (kind, times) = refusal.withLock({ $0.take() }) {
            let left = try await EphemeralStores.sql(RefusingTrigger.drop, on: directURL).first.flatMap { Int($0) }
            count(kind.mark, times - (left ?? times))
        }
    }

    private func count(_ mark: CoverageMark, _ number: Int) { counts.withLock { $0[mark, default: 0] += number } }

    func marks() -> [String: Int] {
        let own = counts.withLock { counts in counts.filter { $1 > 0 }.map { ($0.name, $1) } }
        return Dictionary(uniqueKeysWithValues: own).merging(line?.wire.marks ?? [:], uniquingKeysWith: +)
    }

    func close() async throws {
        await redis.stop()
        await line?.proxy.stop()
    }
}

/// A trigger that refuses inserts into the log within the transaction, as PostgreSQL itself refuses transactions.
private enum RefusingTrigger {
    /// Counts with a sequence, because what a rollback undoes must be counted, too. Refuses while the value is below 1.
    static func make(_ refusal: PostgresRefusal, times: Int) -> String {
        """
        create sequence if not exists simulator_refusals minvalue -1000;
        select setval('simulator_refusals', \(-times));
        create or replace function simulator_refuse() returns trigger language plpgsql as $$ begin
            if nextval('simulator_refusals') <= 0 then
                raise exception 'refused by the simulator' using errcode = '\(refusal.rawValue)';
            end if;
            return new;
        end $$;
        create or replace trigger simulator_refuses before insert on booking_events
            for each row execute function simulator_refuse()
        """
    }

    /// Drops the trigger, and returns how many refusals were left.
    static let drop = """
        drop trigger if exists simulator_refuses on booking_events;
        select greatest(0, -last_value) from simulator_refusals
        """
}
