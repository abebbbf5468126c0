extension Fault {
    /// Fails Redis over to a copy that lacks everything written since the fault began.
    static let redisFailover = Fault(
        name: "redis-failover", summary: "Redis fails over and loses its newest writes", needs: [.services],
        acts: .redis,
        mark: .redisLostWrites,
        draw: { fault, plan, draft in
            plan.addBoth(fault, on: .redis, draft)
            plan.addTraffic(after: draft.begin)
        },
        begin: { _, run in try await run.stores.snapshotRedis() },
        heal: { _, run in
            try await cutBus(run)
            try await run.stores.failOverRedis()
            try await restoreBus(run)
        },
        label: { _ in "snapshot" }, healLabel: "failover")
}
