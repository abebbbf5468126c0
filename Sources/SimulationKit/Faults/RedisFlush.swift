extension Fault {
    /// Deletes every key of Redis. Has no effect on embedded stores.
    static let redisFlush = Fault(
        name: "redis-flush", summary: "Redis loses every key", drawn: .byScenarios, acts: .redis,
        draw: { fault, plan, draft in plan.begin(fault, on: .redis, at: draft.begin) },
        begin: { _, run in try await run.stores.flushRedis() }, label: { _ in "flush" })
}
