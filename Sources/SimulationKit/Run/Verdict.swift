import Bookings
import FoundationEssentials

/// The text that the terminal shows of a run.
package enum Verdict {
    package static func show(_ outcome: Simulation.Outcome) {
        print(summary(outcome.result))
        let marks = outcome.result.marks.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        if !marks.isEmpty { print("  marks: \(marks.joined(separator: ", "))") }
        print("  trace \(outcome.result.traceHash)")
        if let crash = outcome.history.crash { print(crash) }
        for question in outcome.result.undecided { print("undecided \(question)") }
        guard !outcome.result.violations.isEmpty else { return }
        for (shown, left) in selection(of: outcome.result.violations) {
            for violation in shown { show(violation, outcome.history) }
            if left > 0, let first = shown.first { print("… and \(left) more of \(first.invariant)") }
        }
    }

    /// Returns the first violations of each invariant, and how many more there are, so that a frequent one hides no other.
    package static func selection(of violations: [Violation]) -> [(shown: [Violation], left: Int)] {
        var order: [String] = []
        for violation in violations where !order.contains(violation.invariant) { order.append(violation.invariant) }
        return order.map { invariant in
            let broken = violations.filter { $0.invariant == invariant }
            return (Array(broken.prefix(3)), max(0, broken.count - 3))
        }
    }

    package static func summary(_ result: RunResult) -> String {
        let figures = result.figures
        let ratio = Int(figures.virtualSeconds / max(figures.wallSeconds, 0.001))
        let settings = result.plan.settings
        return """
            \(result.plan.title) seed \(result.plan.seed): \(result.outcome.rawValue); \
            \(decimal(figures.virtualSeconds / 3600)) virtual hours in \(decimal(figures.wallSeconds)) s \
            (\(ratio) times real time), \(settings.replicas) replicas, \(settings.stores.rawValue), \
            \(settings.world.rawValue)
              bookings \(figures.bookings), requests \(figures.requests), frames \(figures.frames), \
            reminders \(figures.reminders), lateness p50 \(figures.latenessP50) ms, p99 \(figures.latenessP99) ms, \
            max \(figures.latenessMax) ms, faults \(figures.faults)
            """
    }

    /// Prints a violation with the calls and events of its booking.
    private static func show(_ violation: Violation, _ history: History) {
        print("violated \(violation)")
        guard let booking = violation.booking else { return }
        for line in context(of: booking, history).suffix(12) { print("    \(line)") }
    }

    /// Returns the calls and events of a booking in the order of time.
    private static func context(of booking: BookingID, _ history: History) -> [String] {
        let calls = history.calls.filter { $0.booking == booking || $0.row?.id == booking }.map { call in
            (
                call.answered,
                "\(RFC3339.string(call.at)) \(call.caller) \(call.request) on replica \(call.replica): "
                    + "\(call.status.map { "\($0)" } ?? "lost")\(call.row.map { " version \($0.version) \($0.status)" } ?? "")"
            )
        }
        let frames = history.frames.filter { $0.booking == booking }.map { frame in
            (
                frame.sequence,
                "\(RFC3339.string(frame.receivedAt)) \(frame.socket) receives \(frame.name) \(frame.event)"
            )
        }
        return (calls + frames).sorted { $0.0 < $1.0 }.map(\.1)
    }

    package static func decimal(_ number: Double) -> String { number.formatted(.number.precision(.fractionLength(2))) }
}
