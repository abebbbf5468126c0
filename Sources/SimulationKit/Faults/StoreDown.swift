extension Fault {
    /// Fails each use of the store by one replica.
    static let storeDown = Fault(
        name: "store-down", summary: "a replica cannot reach its store", drawn: .byScenarios,
        windows: { ["replica \($0.replica) has no store"] },
        draw: { fault, plan, draft in plan.addBoth(fault, on: .replica(draft.replica), draft) },
        begin: { event, run in
            let replica = event.target.replica
            try await run.replicas.set(.storeDown(true), on: replica)
            try await run.replicas.openWindow("replica \(replica) has no store")
        },
        heal: { event, run in
            let replica = event.target.replica
            try await run.replicas.set(.storeDown(false), on: replica)
            await run.replicas.closeWindow("replica \(replica) has no store")
        },
        label: { _ in "store down" }, healLabel: "store up")
}
