extension Fault {
    /// Closes the connections of all sockets of a replica.
    static let dropSockets = Fault(
        name: "drop-sockets", summary: "all sockets of a replica lose their connection", drawn: .byScenarios,
        actsOnClients: true,
        draw: { fault, plan, draft in plan.begin(fault, on: .replica(draft.replica), at: draft.begin) },
        begin: { event, run in try await run.sockets.dropSockets(of: event.target.replica) },
        label: { _ in "sockets dropped" })
}
