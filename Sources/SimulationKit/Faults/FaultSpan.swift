import Bookings

/// A fault of a plan as a span of virtual time, for drawings of a run.
package struct FaultSpan: Hashable, Sendable {
    package let target: FaultTarget
    package let label: String
    package let from: Timestamp
    /// `nil` for a fault that is over at once.
    package let until: Timestamp?

    /// Returns the spans of a plan in the order of their beginnings. A fault that the plan does not heal lasts until `end`.
    package static func all(of plan: Plan, until end: Timestamp) -> [FaultSpan] {
        var open: [(span: FaultSpan, windows: Set<String>)] = []
        var spans: [FaultSpan] = []
        let begin = Timestamp(milliseconds: plan.settings.begin)
        for step in plan.steps {
            let at = begin + .milliseconds(step.at)
            for case .fault(let event) in step.operations.map(\.verb) {
                guard let fault = Fault(event.fault) else { continue }
                let label = event.phase == .begin ? fault.label(event) : fault.healLabel
                let span = FaultSpan(target: event.target, label: label, from: at, until: nil)
                let windows = Set(fault.windows(event.target))
                if windows.isEmpty {
                    spans.append(span)
                } else if event.phase == .begin {
                    open.append((span, windows))
                } else {
                    spans += open.filter { !$0.windows.isDisjoint(with: windows) }.map { $0.span.ended(at: at) }
                    open.removeAll { !$0.windows.isDisjoint(with: windows) }
                }
            }
        }
        spans += open.map { $0.span.ended(at: end) }
        return spans.sorted { ($0.from, $0.label) < ($1.from, $1.label) }
    }

    private func ended(at instant: Timestamp) -> FaultSpan {
        FaultSpan(target: target, label: label, from: from, until: instant)
    }
}
