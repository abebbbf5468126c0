extension Fault {
    /// Kills Redis, which comes back empty. On embedded stores the bus is down for an instant.
    static let redisRestart = Fault(
        name: "redis-restart", summary: "Redis is killed and comes back empty", drawn: .byScenarios, acts: .redis,
        draw: { fault, plan, draft in plan.begin(fault, on: .redis, at: draft.begin) },
        begin: { _, run in
            try await cutBus(run)
            try await run.stores.restartRedis()
            try await restoreBus(run)
        }, label: { _ in "restart" })
}
