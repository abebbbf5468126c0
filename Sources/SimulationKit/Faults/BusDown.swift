extension Fault {
    /// Loses the announcements of new events between replicas, so that the relays must poll.
    static let busDown = Fault(
        name: "bus-down", summary: "announcements between replicas are lost", drawn: .byScenarios,
        acts: .redis, mark: .busLostAnnouncement, windows: { _ in [busWindow] },
        draw: { fault, plan, draft in plan.addBoth(fault, on: .redis, draft) },
        begin: { _, run in try await cutBus(run) }, heal: { _, run in try await restoreBus(run) },
        label: { _ in "bus down" }, healLabel: "bus up")

    static let busWindow = "the bus is down"

    static func cutBus(_ run: FaultContext) async throws {
        try await run.replicas.openWindow(busWindow)
        for replica in 0..<(await run.replicas.count) { try await run.replicas.set(.busCut(true), on: replica) }
        try await run.stores.cutBus()
    }

    static func restoreBus(_ run: FaultContext) async throws {
        try await run.stores.restoreBus()
        try await run.replicas.waitForBus()
        for replica in 0..<(await run.replicas.count) { try await run.replicas.set(.busCut(false), on: replica) }
        try await run.replicas.wakeRelays()
        await run.replicas.closeWindow(busWindow)
    }
}
