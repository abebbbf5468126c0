import Bookings

extension SimulationRun {
    private var faultContext: FaultContext {
        FaultContext(
            replicas: cluster, stores: cluster.deployment, sockets: self, keys: keyServer, receivers: receivers)
    }

    /// Injects or repairs a fault.
    func apply(_ event: FaultEvent, _ operation: Operation) async throws {
        activeFaults.removeAll { $0.fault == event.fault && $0.target == event.target }
        if event.phase == .begin { activeFaults.append(event) }
        try await Fault.apply(event, to: faultContext)
        note(["at": RFC3339.string(await cluster.now), "op": operation.name, "status": "done"])
    }

    /// Starts every replica that is down, and heals every fault that the plan did not.
    func healAll() async throws {
        try await cluster.restartAll()
        for event in activeFaults {
            try await Fault.apply(FaultEvent(fault: event.fault, phase: .heal, target: event.target), to: faultContext)
        }
        activeFaults = []
    }
}

extension SimulationRun: SocketFaults {
    func dropSockets(of replica: Int) async { await closeSockets(of: replica) }

    func cutSocket(_ name: String, afterBytes count: Int) { sockets[name]?.proxy?.proxy.cut(afterBytes: count) }

    func stallSocket(_ name: String) async {
        guard let socket = sockets[name], socket.client != nil, let proxy = socket.proxy?.proxy else { return }
        await proxy.stall()
        sockets[name]?.stalledConnection = socket.connections
    }

    func unstallSocket(_ name: String) async {
        guard let socket = sockets[name], socket.stalledConnection != nil else { return }
        sockets[name]?.stalledConnection = nil
        await socket.proxy?.proxy.unstall()
        // What waited for it arrives now.
        received = nil
    }

    func settle() async throws { try await cluster.rest() }
}
