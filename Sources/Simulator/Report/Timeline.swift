import Bookings
import SimulationKit

/// A run as a picture: lanes over virtual time.
struct Timeline: Sendable {
    private let plan: Plan
    private let violations: [Violation]
    private let history: History
    private let faults: [FaultSpan]
    private let scale: TimelineScale

    static let width = 1600.0

    init(history: History, plan: Plan, violations: [Violation]) {
        self.plan = plan
        self.violations = violations
        self.history = history
        faults = FaultSpan.all(of: plan, until: history.endedAt)
        scale = TimelineScale(from: history.begunAt, until: history.endedAt, left: 170, right: Self.width - 30)
    }

    var svg: String {
        var drawing = TimelineDrawing(scale: scale)
        drawing.title(
            "\(plan.scenario.rawValue), seed \(plan.seed)",
            "\(plan.settings.replicas) replicas, \(plan.settings.stores.rawValue) stores, "
                + "\(history.calls.count) requests, \(history.frames.count) frames, \(violations.count) violations"
                + (plan.mutant.map { ", planted: \($0)" } ?? ""))
        drawing.legend()
        let groups = [
            [TimelineLane.troubles(history)], TimelineLane.callers(history),
            TimelineLane.sockets(history, faults: faults),
        ]
        drawing.beginLanes()
        for group in groups where !group.isEmpty { drawing.group(group) }
        drawing.reminders(TimelineReminders(history))
        drawing.group(TimelineLane.replicas(history, plan: plan, faults: faults))
        drawing.group(TimelineLane.stores(plan, faults: faults))
        drawing.endLanes()
        drawing.violations(violations.map { ($0, place(of: $0)) })
        return drawing.finish()
    }

    /// Where a violation stands: at its instant, else where its booking was last heard of.
    private func place(of violation: Violation) -> Timestamp? {
        if let at = violation.at { return at }
        guard let booking = violation.booking else { return nil }
        return history.frames.last { $0.booking == booking }?.receivedAt
            ?? history.calls.last { $0.booking == booking }?.at
    }
}
