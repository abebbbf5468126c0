import Bookings
import HTTPTypes
import NIOCore

/// Serves the probes and the metrics.
package struct OperationsController: Sendable {
    private let sharedService: any SharedServiceProbe
    private let metrics: ServiceMetrics
    private let reminderPlan: ReminderPlan
    /// Whether this replica accepts requests.
    private let isReady: @Sendable () -> Bool
    /// The reason why the database cannot be used, which may be shown to anyone; `nil` if it can.
    private let databaseProblem: CachedProbe<String?>
    private let isSchemaComplete: CachedProbe<Bool>
    /// The number of webhooks that are stalled; `nil` with `WEBHOOKS=off` and while the store fails.
    private let stalledWebhooks: CachedProbe<Int?>

    /// Creates a controller whose probes check the store and the schema at most once a second.
    package init(
        store: any BookingStore, migrator: any SchemaMigrator, sharedService: any SharedServiceProbe,
        clock: any WallClock, webhooks: (any WebhookStore)?, metrics: ServiceMetrics, reminderPlan: ReminderPlan,
        isReady: @escaping @Sendable () -> Bool
    ) {
        self.sharedService = sharedService
        self.metrics = metrics
        self.reminderPlan = reminderPlan
        self.isReady = isReady
        databaseProblem = CachedProbe(clock: clock) {
            do throws(StoreError) {
                try await store.ping()
                return nil
            } catch {
                return error.publicReason
            }
        }
        stalledWebhooks = CachedProbe(clock: clock) { try? await webhooks?.stalledWebhooks() }
        isSchemaComplete = CachedProbe(clock: clock) {
            let migrations = (try? await migrator.status()) ?? []
            return !migrations.isEmpty && migrations.allSatisfy(\.isApplied)
        }
    }

    /// Reports the health in the format of NestJS Terminus. The database decides; the shared service may be down.
    func health(_ context: RequestContext) async throws -> Response {
        // Together: each may take as long as a probe waits for an answer.
        async let stalledCount = stalledWebhooks.value()
        let problem = await databaseProblem.value()
        let database = HealthComponent(name: "database", isUp: problem == nil, reason: problem)
        var components = [
            database, HealthComponent(await sharedService.status()), HealthComponent(reminderPlan),
        ]
        if let stalled = await stalledCount { components.append(HealthComponent(stalledWebhooks: stalled)) }
        let isStopping = !isReady()
        return Response(
            status: database.isUp && !isStopping ? .ok : .serviceUnavailable, cacheControl: CacheControl.none
        ) { writer in
            writer.components("details", components)
            writer.components("error", components.filter { !$0.isUp })
            writer.components("info", components.filter(\.isUp))
            writer.name("status")
            writer.string(!database.isUp ? "error" : isStopping ? "shutting_down" : "ok")
        }
    }

    /// `GET /health/live`: the process can answer.
    func live(_ context: RequestContext) async throws -> Response {
        probe("ok", .ok)
    }

    /// `GET /health/ready`: the replica accepts requests and its schema is complete.
    func ready(_ context: RequestContext) async throws -> Response {
        guard isReady() else { return probe("shutting_down", .serviceUnavailable) }
        return await isSchemaComplete.value() ? probe("ok", .ok) : probe("error", .serviceUnavailable)
    }

    /// `GET /metrics`, in the Prometheus text format.
    func metrics(_ context: RequestContext) async throws -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: CacheControl.none],
            body: .bytes(ByteBuffer(string: metrics.exposition())))
    }

    private func probe(_ name: String, _ status: HTTPResponse.Status) -> Response {
        Response(status: status, cacheControl: CacheControl.none) { writer in
            writer.name("status")
            writer.string(name)
        }
    }
}

extension StoreError {
    /// The reason for `/health`, which anyone may read: no hosts, names or values.
    fileprivate var publicReason: String {
        switch self {
        case .unavailable: "is unreachable"
        case .refusesWrites(let reason): reason
        case .misconfigured: "is misconfigured"
        case .corrupt: "returned unexpected data"
        }
    }
}
