extension Fault {
    /// Delays each answer of the database by `amount` milliseconds, in real time.
    static let postgresSlow = Fault(
        name: "postgres-slow", summary: "the database answers some milliseconds later", needs: [.postgresProxy],
        acts: .postgres,
        mark: .storeSlow, windows: { _ in ["the database is slow"] },
        draw: { fault, plan, draft in
            plan.addBoth(fault, on: .postgres, amount: Int64(plan.number(1..<10)), draft)
            plan.addTraffic(after: draft.begin)
        },
        begin: { event, run in
            try await run.replicas.openWindow("the database is slow")
            try await slow(by: Int(event.amount ?? 1), run)
        },
        heal: { _, run in
            try await slow(by: 0, run)
            await run.replicas.closeWindow("the database is slow")
        },
        label: { "\($0.amount ?? 1) ms slow" }, healLabel: "fast")

    private static func slow(by milliseconds: Int, _ run: FaultContext) async throws {
        if try await run.stores.slowPostgres(by: .milliseconds(milliseconds)) { return }
        for replica in 0..<(await run.replicas.count) {
            try await run.replicas.set(.storeSlow(milliseconds), on: replica)
        }
    }
}
