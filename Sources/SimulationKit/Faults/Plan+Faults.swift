import Bookings

extension Plan {
    /// The number of fault windows that the plan opens and does not close.
    package var unhealedFaults: Int {
        var open: Set<String> = []
        for case .fault(let event) in steps.flatMap(\.operations).map(\.verb) {
            let windows = Fault(event.fault)?.windows(event.target) ?? []
            if event.phase == .begin { open.formUnion(windows) } else { open.subtract(windows) }
        }
        return open.count
    }

    /// Whether one of its faults has the need.
    func needs(_ need: Fault.Need) -> Bool { hasFault { Fault($0)?.needs.contains(need) ?? false } }

    /// Whether a fault acts on the connections between clients and replicas.
    var usesSocketProxies: Bool { needs(.socketProxies) }

    /// Whether the clock of a machine is wrong or jumps, so that replicas must not rely on it.
    var hasWrongClocks: Bool { !settings.skews.isEmpty || hasFault { $0 == Fault.clockStep.name } }

    private func hasFault(_ isSought: (String) -> Bool) -> Bool {
        steps.contains { step in
            step.operations.contains { operation in
                if case .fault(let event) = operation.verb { isSought(event.fault) } else { false }
            }
        }
    }

    /// Whether the client of a socket stops reading at some point.
    var hasStalledSockets: Bool { hasFault { [Fault.stalledReader.name, Fault.droppedReader.name].contains($0) } }
}
