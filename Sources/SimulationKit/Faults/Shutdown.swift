extension Fault {
    /// Ends a replica in order, as a deployment does with SIGTERM.
    static let shutdown = Fault(
        name: "shutdown", summary: "a replica receives SIGTERM and ends in order", drawn: .byScenarios,
        windows: { ["replica \($0.replica) is down"] },
        draw: { fault, plan, draft in plan.addBoth(fault, on: .replica(draft.replica), draft) },
        begin: { event, run in try await run.replicas.shutDown(event.target.replica) },
        heal: { event, run in try await run.replicas.restart(event.target.replica) },
        label: { _ in "shutdown" }, healLabel: "restart")
}
