/// Why PostgreSQL asks for a transaction to be tried again, as its SQLSTATE.
enum PostgresRefusal: String, Sendable {
    case serializationFailure = "40001"
    case deadlock = "40P01"

    /// Counted for each transaction that was really refused.
    var mark: CoverageMark { self == .deadlock ? .deadlock : .serializationFailure }
}

extension Fault {
    /// Refuses the next `amount` transactions that append to the log with a serialization failure.
    static let serializationFailure = refusal(.serializationFailure, name: "serialization-failure")
    /// Refuses the next `amount` transactions that append to the log with a deadlock.
    static let deadlock = refusal(.deadlock, name: "deadlock")

    private static let window = "the database refuses writes"

    private static func refusal(_ refusal: PostgresRefusal, name: String) -> Fault {
        Fault(
            name: name, summary: "PostgreSQL refuses some writes with SQLSTATE \(refusal.rawValue)",
            needs: [.services], acts: .postgres, mark: refusal.mark, windows: { _ in [window] },
            draw: { fault, plan, draft in
                plan.addBoth(fault, on: .postgres, amount: Int64(plan.number(1..<4)), draft)
                plan.addTraffic(after: draft.begin)
            },
            begin: { event, run in
                try await run.replicas.openWindow(window)
                try await run.stores.refuseWrites(refusal, times: Int(event.amount ?? 1))
            },
            heal: { _, run in
                try await run.stores.refuseWrites(nil, times: 0)
                await run.replicas.closeWindow(window)
            },
            label: { "\($0.amount ?? 1) times \(refusal.rawValue)" }, healLabel: "accepts")
    }
}
