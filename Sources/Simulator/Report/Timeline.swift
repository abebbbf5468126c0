import Bookings
import SimulationKit

/// The picture of a run: lanes over virtual time.
struct Timeline: Sendable {
    private let plan: Plan
    private let violations: [Violation]
    private let history: History
    private let faults: [FaultSpan]
    private let scale: TimelineScale

    /// The width of the picture in pixels.
    static let width = 1600.0

    init(history: History, plan: Plan, violations: [Violation]) {
        self.plan = plan
        self.violations = violations
        self.history = history
        faults = FaultSpan.all(of: plan, until: history.endedAt)
        scale = TimelineScale(from: history.begunAt, until: history.endedAt, left: 170, right: Self.width - 30)
    }

    /// The picture as an SVG document.
    var svg: String {
        var drawing = TimelineDrawing(scale: scale)
        drawing.title(
            "\(plan.title), seed \(plan.seed)",
            "\(plan.settings.replicas) replicas, \(plan.settings.stores.rawValue) stores, "
                + "\(history.calls.count) requests, \(history.frames.count) frames, \(violations.count) violations"
                + (plan.mutant.map { ", mutant \($0)" } ?? ""))
        drawing.legend()
        drawing.beginLanes()
        drawing.group([TimelineLane.faultPeriods(history)])
        drawing.group(TimelineLane.callers(history))
        drawing.group(TimelineLane.sockets(history, faults: faults))
        drawing.reminders(TimelineReminders(history))
        drawing.group(TimelineLane.replicas(history, plan: plan, faults: faults))
        drawing.group(TimelineLane.stores(plan, faults: faults))
        drawing.endLanes()
        drawing.violations(violations.map { ($0, instant(of: $0)) })
        return drawing.finish()
    }

    /// Returns the instant at which a violation is marked: its own, else that of the last frame or request about its
    /// booking, or `nil`.
    private func instant(of violation: Violation) -> Timestamp? {
        if let at = violation.at { return at }
        guard let booking = violation.booking else { return nil }
        return history.frames.last { $0.booking == booking }?.receivedAt
            ?? history.calls.last { $0.booking == booking }?.at
    }
}
