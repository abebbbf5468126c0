extension Fault {
    /// Moves the clock of a replica's machine by `amount` milliseconds, forward or back.
    static let clockStep = Fault(
        name: "clock-step", summary: "the clock of a machine jumps",
        draw: { fault, plan, draft in
            plan.begin(
                fault, on: .replica(draft.replica), amount: Int64(plan.number(-60_000..<60_000)), at: draft.begin)
        },
        begin: { event, run in
            let replica = event.target.replica
            try await run.replicas.stepClock(of: replica, by: .milliseconds(event.amount ?? 0))
            try await run.replicas.passWindow("the clock of replica \(replica) jumps")
        },
        label: { event in
            let milliseconds = event.amount ?? 0
            return "clock \(milliseconds < 0 ? "" : "+")\(milliseconds) ms"
        })
}
