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
    func needs(_ need: Fault.Need) -> Bool {
        steps.flatMap(\.operations).contains { operation in
            guard case .fault(let event) = operation.verb else { return false }
            return Fault(event.fault)?.needs.contains(need) ?? false
        }
    }

    /// Whether the client of a socket stops reading at some point.
    var hasStalledSockets: Bool {
        steps.flatMap(\.operations).contains { operation in
            guard case .fault(let event) = operation.verb else { return false }
            return [Fault.stalledReader.name, Fault.droppedReader.name].contains(event.fault)
        }
    }
}
