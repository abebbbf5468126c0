import Bookings
import SimulationKit

/// A fault as a stretch of time, from the plan.
struct FaultSpan: Hashable, Sendable {
    let place: FaultPlace
    let label: String
    let from: Timestamp
    /// Nil: over at once.
    let until: Timestamp?

    /// In the order of their beginnings. What nothing mends lasts until the end.
    static func all(of plan: Plan, until end: Timestamp) -> [FaultSpan] {
        var open: [(fault: Fault, from: Timestamp)] = []
        var spans: [FaultSpan] = []
        let begin = Timestamp(milliseconds: plan.settings.begin)
        for step in plan.steps {
            let at = begin + .milliseconds(step.at)
            for operation in step.operations {
                guard case .fault(let fault) = operation.verb else { continue }
                if let kind = fault.ending {
                    let ended = open.filter { $0.fault.beginning == kind && $0.fault.place == fault.place }
                    spans += ended.map { $0.fault.span(from: $0.from, until: at) }
                    open.removeAll { $0.fault.beginning == kind && $0.fault.place == fault.place }
                } else if fault.beginning != nil {
                    open.append((fault, at))
                } else {
                    spans.append(fault.span(from: at, until: nil))
                }
            }
        }
        spans += open.map { $0.fault.span(from: $0.from, until: end) }
        return spans.sorted { ($0.from, $0.label) < ($1.from, $1.label) }
    }
}

extension Fault {
    fileprivate func span(from: Timestamp, until: Timestamp?) -> FaultSpan {
        FaultSpan(place: place, label: label, from: from, until: until)
    }
}
