extension Fault {
    /// Closes the connection that sends the next statement, in the middle of it.
    static let postgresCut = onWire(
        .cut, name: "postgres-cut", summary: "a connection is closed in the middle of a statement",
        mark: .statementCut, window: "a statement is cut", label: "statement cut")

    /// Commits the next write, and closes its connection instead of answering.
    static let postgresAnswerLost = onWire(
        .loseAnswer, name: "postgres-answer-lost", summary: "the database commits and its answer is lost",
        mark: .databaseAnswerLost, window: "the database's answer is lost", label: "answer lost")

    private static func onWire(
        _ wireFault: PostgresWire.WireFault, name: String, summary: String, mark: CoverageMark, window: String,
        label: String
    ) -> Fault {
        Fault(
            name: name, summary: summary, needs: [.services, .postgresProxy], acts: .postgres, mark: mark,
            windows: { _ in [window] },
            draw: { fault, plan, draft in
                plan.addBoth(fault, on: .postgres, draft)
                plan.addTraffic(after: draft.begin)
            },
            begin: { _, run in
                try await run.stores.armPostgres(wireFault)
                try await run.replicas.openWindow(window)
            },
            heal: { _, run in
                try await run.stores.armPostgres(nil)
                await run.replicas.closeWindow(window)
            },
            label: { _ in label }, healLabel: "disarmed")
    }
}
