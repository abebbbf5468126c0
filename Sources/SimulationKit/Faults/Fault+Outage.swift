extension Fault {
    /// A fault of a server that the replicas call: the key server, or the receivers of webhooks.
    ///
    /// - Parameters:
    ///   - window: The window in which requests of the replicas to it fail.
    ///   - healLabel: The label of its end in a drawing of the run.
    ///   - set: Breaks the server, or mends it.
    static func outage(
        _ name: String, _ summary: String, of target: FaultTarget, needs need: Need, acts: FaultTarget.Kind,
        window: String, healLabel: String, set: @escaping @Sendable (_ run: FaultContext, _ isBroken: Bool) -> Void
    ) -> Fault {
        Fault(
            name: name, summary: summary, needs: [need], acts: acts, windows: { _ in [window] },
            draw: { fault, plan, draft in plan.addBoth(fault, on: target, draft) },
            begin: { _, run in
                try await run.replicas.openWindow(window)
                set(run, true)
            },
            heal: { _, run in
                set(run, false)
                await run.replicas.closeWindow(window)
            },
            label: { _ in name }, healLabel: healLabel)
    }
}
