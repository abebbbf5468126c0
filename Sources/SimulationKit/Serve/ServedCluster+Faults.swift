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
        if let refusal = refusal(of: fault) { throw refusal }
        switch fault.acts {
        case .replica: return .replica(replica)
        case .socket: return .socket(FrontSockets.name(of: replica))
        case .redis: return .redis
        case .postgres: return .postgres
        case .keyServer: return .keyServer
        case .receivers: return .receivers
        }
    }

    /// Why the fault acts on what this cluster does not have; `nil` when it can be injected.
    nonisolated func refusal(of fault: Fault) -> ServeError? {
        // The bus is also that of one process; what else acts on Redis or PostgreSQL has no effect without them.
        let needsServices = fault.acts == .postgres || fault.acts == .redis && fault.name != Fault.busDown.name
        if needsServices, options.services == nil { return .faultNeedsServices(fault.name) }
        return switch fault.acts {
        case .keyServer, .receivers: .faultIsOfRuns(fault.name)
        case .replica, .socket, .redis, .postgres: nil
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
            replicas: cluster, stores: cluster.deployment, sockets: FrontSockets(cluster: cluster, fronts: fronts),
            keys: nil, receivers: nil)
    }
}

/// The WebSockets and event streams of clients, at the proxies through which they reach the replicas.
private struct FrontSockets: SocketFaults {
    let cluster: Cluster
    let fronts: [TCPProxy]

    /// The name of all sockets of a replica, as windows of faults show it.
    static func name(of replica: Int) -> String { "a client of replica \(replica)" }

    private func front(_ name: String) -> TCPProxy? {
        fronts.indices.first { Self.name(of: $0) == name }.map { fronts[$0] }
    }

    func dropSockets(of replica: Int) async throws {
        await fronts[replica].cut(.streams)
        try await settle()
    }

    func cutSocket(_ name: String, afterBytes count: Int) async { front(name)?.cut(.streams, afterBytes: count) }
    func stallSocket(_ name: String) async { await front(name)?.stall(.streams) }
    func unstallSocket(_ name: String) async { await front(name)?.unstall() }
    func settle() async throws { try await cluster.rest() }
}
