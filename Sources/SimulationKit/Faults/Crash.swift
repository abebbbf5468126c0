extension Fault {
    /// Kills a replica: at once, or when it passes a point of its work for the `amount`th time from now.
    package static func crash(_ point: CrashPoint?) -> Fault {
        var fault = Fault(
            name: point.map { "crash@\($0.rawValue)" } ?? "crash",
            summary: point.map { "a replica dies at the point \($0.rawValue)" } ?? "a replica dies at once",
            draw: { fault, plan, draft in plan.addBoth(fault, on: .replica(draft.replica), amount: 1, draft) },
            begin: { event, run in
                let replica = event.target.replica
                if let point {
                    try await run.replicas.arm(point, hit: Int(event.amount ?? 1), on: replica)
                } else {
                    try await run.replicas.kill(replica)
                    try await run.sockets.dropSockets(of: replica)
                }
            },
            heal: { event, run in
                let replica = event.target.replica
                if event.phase == .healIfDown, await !run.replicas.isDown(replica) { return }
                try await run.replicas.restart(replica)
            },
            label: { event in
                let name = point.map { "crash@\($0.rawValue)" } ?? "crash"
                return (event.amount ?? 1) > 1 ? "\(name) (\(event.amount ?? 1))" : name
            }, healLabel: "restart")
        fault.needs = point == .fireBefore || point == .fireAfter ? [.dueReminder] : []
        if point?.isOfDeliveries == true { fault.needs.insert(.receivers) }
        // The scenario of webhooks uses those of deliveries of its own accord.
        fault.drawn = point?.isOfDeliveries == true ? .bySoaks : .byScenarios
        fault.mark = point?.crashMark
        fault.windows = { ["replica \($0.replica) is down", "replica \($0.replica) loses an answer"] }
        return fault
    }
}

extension CrashPoint {
    /// The situation in which a replica that dies here leaves the others.
    var crashMark: CoverageMark? {
        switch self {
        case .writeAfter: .crashAfterCommit
        case .fireAfter: .crashAfterFire
        default: nil
        }
    }
}
