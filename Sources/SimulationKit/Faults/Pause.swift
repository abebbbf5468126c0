extension Fault {
    /// Stops a replica without its noticing, as SIGSTOP or a long pause of its machine does.
    static let pause = Fault(
        name: "pause", summary: "a replica stands still for a while", drawn: .byScenarios,
        windows: { ["replica \($0.replica) is paused"] },
        draw: { fault, plan, draft in plan.addBoth(fault, on: .replica(draft.replica), draft) },
        begin: { event, run in
            // A client cannot tell that its replica stands still: its socket stays open.
            try await run.sockets.settle()
            try await run.replicas.pause(event.target.replica)
        },
        heal: { event, run in try await run.replicas.resume(event.target.replica) },
        label: { _ in "pause" }, healLabel: "resume")
}
