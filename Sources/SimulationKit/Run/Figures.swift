import Bookings

/// The counts and durations of a run.
package struct Figures: Codable, Hashable, Sendable {
    /// The virtual length of the run.
    package var virtualSeconds: Double
    /// The real duration of the run.
    package var wallSeconds: Double
    /// The number of bookings that were created.
    package var bookings: Int
    /// The number of requests, retries included.
    package var requests: Int
    /// The number of frames that all sockets received.
    package var frames: Int
    /// The number of reminders in the log.
    package var reminders: Int
    /// The median lateness of reminders: the time from when a reminder was due, or armed if that was later, until it
    /// first reached a listener (without listeners, until it was recorded), in milliseconds; 0 without reminders. Percentiles are by nearest rank.
    package var latenessP50: Int64
    /// The 99th percentile.
    package var latenessP99: Int64
    /// The maximum.
    package var latenessMax: Int64
    /// The number of injected faults, without heals.
    package var faults: Int
}

extension Figures {
    /// Returns the figures of a run that took `wall` in real time.
    package static func of(_ history: History, plan: Plan, wall: Duration) -> Figures {
        let created = history.calls.filter { $0.kind == .create && $0.isSuccess }.compactMap(\.booking)
        let lateness = Self.lateness(history)
        return Figures(
            virtualSeconds: history.begunAt.duration(to: history.endedAt).inSeconds, wallSeconds: wall.inSeconds,
            bookings: Set(created).union(history.finalStates.keys).count, requests: history.calls.count,
            frames: history.frames.count, reminders: lateness.count,
            latenessP50: percentile(0.5, of: lateness), latenessP99: percentile(0.99, of: lateness),
            latenessMax: lateness.last ?? 0,
            faults: plan.operations.count { $0.verb.isInjection })
    }

    /// Returns the lateness of each reminder of the log, in milliseconds, in ascending order.
    ///
    /// It is measured by the virtual time of arrivals: what a service writes into its log may be wrong.
    private static func lateness(_ history: History) -> [Int64] {
        let arming: Set<String> = [
            EventName.created.rawValue, EventName.confirmed.rawValue, EventName.rescheduled.rawValue,
        ]
        var armedAt: [BookingID: Timestamp] = [:]
        var lateness: [Int64] = []
        let arrivals = history.reminderArrivals
        for entry in history.log {
            guard let booking = entry.booking else { continue }
            if arming.contains(entry.name) { armedAt[booking] = entry.occurredAt }
            guard entry.isReminder, let lead = entry.lead else { continue }
            let due = max(entry.start - .milliseconds(lead), armedAt[booking] ?? .earliest)
            let sent = arrivals[entry.event] ?? entry.occurredAt
            lateness.append(max(0, due.duration(to: sent).wholeMilliseconds))
        }
        return lateness.sorted()
    }

    private static func percentile(_ share: Double, of sorted: [Int64]) -> Int64 {
        sorted.isEmpty ? 0 : sorted[max(1, Int((share * Double(sorted.count)).rounded(.up))) - 1]
    }
}

extension Verb {
    /// Whether this injects a fault, unlike one that heals.
    fileprivate var isInjection: Bool {
        if case .fault(let event) = self { event.phase == .begin } else { false }
    }
}
