import Bookings

/// What a run came to: enough to repeat it, and to say what was wrong.
package struct RunResult: Codable, Sendable {
    package enum Outcome: String, Codable, Sendable {
        case passed
        case violated
        /// The service did not come to rest.
        case noConvergence = "no-convergence"
        /// It ended by itself.
        case crashed
    }

    package var plan: Plan
    package var violations: [Violation]
    /// Rare situations, by name, with how often they were reached.
    package var marks: [String: Int]
    package var figures: Figures
    package var traceHash: String
    package var commit: String
    package var swiftVersion: String
    package var outcome: Outcome
}

/// A run in numbers.
package struct Figures: Codable, Hashable, Sendable {
    var virtualSeconds: Double
    package var wallSeconds: Double
    package var bookings: Int
    package var requests: Int
    package var frames: Int
    package var reminders: Int
    /// From when a reminder was due, or armed if that was later, to its recording, in milliseconds; 0 without any.
    var latenessP50: Int64
    var latenessP99: Int64
    var latenessMax: Int64
    /// What went wrong on purpose; what mends it is not counted.
    package var faults: Int

    package static func of(_ history: History, plan: Plan, wall: Duration) -> Figures {
        let made = history.calls.filter { $0.kind == .create && $0.isSuccess }.compactMap(\.booking)
        let lateness = Self.lateness(history.log)
        return Figures(
            virtualSeconds: history.begunAt.duration(to: history.endedAt).inSeconds, wallSeconds: wall.inSeconds,
            bookings: Set(made).union(history.finals.keys).count, requests: history.calls.count,
            frames: history.frames.count, reminders: lateness.count,
            latenessP50: rank(0.5, of: lateness), latenessP99: rank(0.99, of: lateness),
            latenessMax: lateness.last ?? 0,
            faults: plan.operations.count { $0.verb.isTrouble })
    }

    /// Of each reminder in the log, in milliseconds, ascending.
    private static func lateness(_ log: [History.Logged]) -> [Int64] {
        let arming: Set<String> = [
            EventName.created.rawValue, EventName.confirmed.rawValue, EventName.rescheduled.rawValue,
        ]
        var armedAt: [BookingID: Timestamp] = [:]
        var lateness: [Int64] = []
        for event in log {
            guard let booking = event.booking else { continue }
            if arming.contains(event.name) { armedAt[booking] = event.occurredAt }
            guard event.name == EventName.reminder.rawValue, let lead = event.lead else { continue }
            let due = max(event.start - .milliseconds(lead), armedAt[booking] ?? .earliest)
            lateness.append(max(0, due.duration(to: event.occurredAt).wholeMilliseconds))
        }
        return lateness.sorted()
    }

    /// The nearest rank.
    private static func rank(_ share: Double, of sorted: [Int64]) -> Int64 {
        sorted.isEmpty ? 0 : sorted[max(1, Int((share * Double(sorted.count)).rounded(.up))) - 1]
    }
}

extension Plan {
    /// All operations, those between the pages of a walk included.
    package var operations: [Operation] { steps.flatMap(\.operations).flatMap(\.withNested) }
}

extension Operation {
    fileprivate var withNested: [Operation] {
        guard case .walk(_, _, let between) = verb else { return [self] }
        return [self] + between.flatMap(\.withNested)
    }
}

extension Verb {
    /// A fault that breaks something, unlike one that mends it.
    fileprivate var isTrouble: Bool {
        guard case .fault(let fault) = self else { return false }
        return fault.ending == nil
    }
}
