extension Fault {
    /// Commits the replica's next write and loses the answer on its way back from the store.
    static let lostAnswer = Fault(
        name: "lost-answer", summary: "a write is committed and its answer is lost", drawn: .byScenarios,
        mark: .commitAnswerLost, windows: { ["replica \($0.replica) loses an answer"] },
        draw: { fault, plan, draft in plan.addBoth(fault, on: .replica(draft.replica), draft) },
        begin: { event, run in
            let replica = event.target.replica
            try await run.replicas.set(.loseNextAnswer, on: replica)
            try await run.replicas.openWindow("replica \(replica) loses an answer")
        },
        heal: { event, run in try await run.replicas.restart(event.target.replica) },
        label: { _ in "answer lost" }, healLabel: "restart")
}
