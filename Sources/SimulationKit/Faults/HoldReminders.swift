extension Fault {
    /// Keeps a replica from claiming due reminders, so that what is done meanwhile falls between its look for what is due
    /// and its claim.
    static let holdReminders = Fault(
        name: "hold-reminders", summary: "a replica waits between looking for due reminders and claiming them",
        drawn: .byScenarios, mark: .cancelBetweenLookAndClaim,
        windows: { ["reminders of replica \($0.replica) are held"] },
        draw: { fault, plan, draft in plan.addBoth(fault, on: .replica(draft.replica), draft) },
        begin: { event, run in
            let replica = event.target.replica
            try await run.replicas.holdReminders(true, on: replica)
            try await run.replicas.openWindow("reminders of replica \(replica) are held")
        },
        heal: { event, run in
            let replica = event.target.replica
            try await run.replicas.holdReminders(false, on: replica)
            await run.replicas.closeWindow("reminders of replica \(replica) are held")
        },
        label: { _ in "reminders held" }, healLabel: "reminders released")
}
