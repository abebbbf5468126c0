import Bookings

extension SimulationRun {
    /// Sockets are the world's own to cut; all else happens to the replicas and their stores.
    func apply(_ fault: Fault, _ operation: Operation) async throws {
        switch fault {
        case .dropSockets(let replica): await lose(socketsOf: replica)
        case .crash(let replica, nil, _):
            try await cluster.apply(fault)
            await lose(socketsOf: replica)
        case .cutSocket(let name, let bytes): cut(name, afterBytes: bytes)
        case .stallSocket(let name):
            try await cluster.apply(fault)
            await stall(name)
        case .unstallSocket(let name):
            await unstall(name)
            try await cluster.apply(fault)
        case .pause(let replica):
            // A client does not know that its replica stands still: its socket stays as it is.
            try await cluster.rest()
            try await cluster.apply(.pause(replica: replica))
        default: try await cluster.apply(fault)
        }
        note(["at": RFC3339.string(await cluster.now), "op": operation.name, "status": "done"])
    }

    /// Whoever has stopped reading reads again.
    func healSockets() async throws {
        for name in cast.listeners.map(\.description) {
            await unstall(name)
            try await cluster.apply(.unstallSocket(name))
        }
    }
}
