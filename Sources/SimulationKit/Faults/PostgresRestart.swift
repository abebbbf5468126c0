extension Fault {
    /// Restarts PostgreSQL at once, as after a crash. On embedded stores the relays only poll for a while.
    static let postgresRestart = Fault(
        name: "postgres-restart", summary: "PostgreSQL is restarted at once", drawn: .byScenarios, acts: .postgres,
        draw: { fault, plan, draft in plan.begin(fault, on: .postgres, at: draft.begin) },
        begin: { _, run in
            try await run.stores.restartPostgres()
            try await run.replicas.passWindow("the database restarts")
        }, label: { _ in "restart" })
}
