extension Fault {
    /// A client stops reading and keeps its connection; less is sent than may wait for it.
    static let stalledReader = stall(
        name: "stalled-reader", summary: "a client stops reading, and gets what waited for it",
        mark: .stalledReader
    ) { plan, draft in plan.addTraffic(after: draft.begin) }

    /// A client stops reading and keeps its connection; more is sent than may wait for it, so the server drops it.
    static let droppedReader = stall(
        name: "dropped-reader", summary: "a client stops reading, and the server drops it",
        mark: .stalledReaderDropped
    ) { plan, draft in plan.addFlood(after: draft.begin) }

    private static func stall(
        name: String, summary: String, mark: CoverageMark,
        addEvents: @escaping @Sendable (inout PlanBuilder, Draft) -> Void
    ) -> Fault {
        Fault(
            name: name, summary: summary, needs: [.socketProxies], actsOnClients: true, acts: .socket, mark: mark,
            windows: { [History.FaultPeriod.stall(of: $0.socket)] },
            draw: { fault, plan, draft in
                plan.addBoth(fault, on: .socket("admin"), draft)
                addEvents(&plan, draft)
            },
            begin: { event, run in
                try await run.replicas.openWindow(History.FaultPeriod.stall(of: event.target.socket))
                await run.sockets.stallSocket(event.target.socket)
            },
            heal: { event, run in
                await run.sockets.unstallSocket(event.target.socket)
                await run.replicas.closeWindow(History.FaultPeriod.stall(of: event.target.socket))
            },
            label: { _ in "not read" }, healLabel: "read")
    }
}
