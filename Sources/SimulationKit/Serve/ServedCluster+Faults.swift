import Bookings

extension ServedCluster {
    /// A fault that lasts.
    struct ActiveFault: Sendable {
        let event: FaultEvent
        /// When it is repaired by itself; `nil` for not.
        let end: Timestamp?
    }

    /// The names of the faults that last.
    package var activeFaults: [String] { faults.map(\.event.fault) }

    /// Injects a fault.
    ///
    /// - Parameters:
    ///   - amount: The fault's number, if it has one: milliseconds of a clock's jump, the hit of a crash point.
    ///   - span: How long it lasts on the clock; `nil` until it is repaired.
    /// - Throws: `ServeError` when the fault lasts already, or acts on what a served cluster does not have.
    package func inject(_ fault: Fault, replica: Int, amount: Int64?, for span: Duration?) async throws {
        try await exclusively { try await self.begin(fault, replica: replica, amount: amount, for: span) }
    }

    /// Repairs every fault of this name that lasts.
    package func repair(_ name: String) async throws {
        try await exclusively {
            let active = await self.faults.filter { $0.event.fault == name }
            guard !active.isEmpty else { throw ServeError.faultIsNotActive(name) }
            for fault in active { try await self.repair(fault) }
        }
    }

    private func begin(_ fault: Fault, replica: Int, amount: Int64?, for span: Duration?) async throws {
        let target = try target(of: fault, replica: replica)
        guard !faults.contains(where: { $0.event.fault == fault.name && $0.event.target == target }) else {
            throw ServeError.faultLasts(fault.name)
        }
        let event = FaultEvent(fault: fault.name, phase: .begin, target: target, amount: amount)
        try await Fault.apply(event, to: faultContext)
        let now = await cluster.now
        record.note(["at": RFC3339.string(now), "fault": fault.name, "op": "begin", "target": "\(target)"])
        guard fault.heal != nil else { return }
        faults.append(ActiveFault(event: event, end: span.map { now + $0 }))
    }

    private func target(of fault: Fault, replica: Int) throws -> FaultTarget {
        guard options.ports.indices.contains(replica) else { throw ServeError.noSuchReplica(options.ports.count) }
        // The bus is also that of one process; what else acts on Redis or PostgreSQL has no effect without them.
        let needsServices = fault.acts == .postgres || fault.acts == .redis && fault.name != Fault.busDown.name
        if needsServices, options.services == nil { throw ServeError.faultNeedsServices(fault.name) }
        switch fault.acts {
        case .replica where !fault.actsOnClients: return .replica(replica)
        case .redis: return .redis
        case .postgres where !fault.needs.contains(.postgresProxy): return .postgres
        case .replica, .postgres, .socket, .keyServer, .receivers: throw ServeError.faultIsOfRuns(fault.name)
        }
    }

    func repair(_ fault: ActiveFault) async throws {
        faults.removeAll { $0.event == fault.event }
        record.isUnreadable = false
        _ = try await cluster.reap()
        let event = FaultEvent(fault: fault.event.fault, phase: .heal, target: fault.event.target)
        try await Fault.apply(event, to: faultContext)
        record.note([
            "at": RFC3339.string(await cluster.now), "fault": event.fault, "op": "heal", "target": "\(event.target)",
        ])
        try await cluster.rest()
    }

    private var faultContext: FaultContext {
        FaultContext(
            replicas: cluster, stores: cluster.deployment, sockets: ForeignSockets(cluster: cluster), keys: nil,
            receivers: nil)
    }
}

/// The sockets of clients that are not the simulator's. A replica that dies takes its connections with it.
private struct ForeignSockets: SocketFaults {
    let cluster: Cluster

    func dropSockets(of replica: Int) async throws {}
    func cutSocket(_ name: String, afterBytes count: Int) async {}
    func stallSocket(_ name: String) async {}
    func unstallSocket(_ name: String) async {}
    func settle() async throws { try await cluster.rest() }
}
