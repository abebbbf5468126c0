import Bookings

/// A rule that was broken, and by what.
struct Violation: Hashable, Sendable, CustomStringConvertible {
    let invariant: String
    let detail: String

    var description: String { "\(invariant): \(detail)" }
}

/// The invariants, each a function of the history alone.
enum Checkers {
    static let all: [(name: String, check: @Sendable (History) -> [Violation])] = [
        ("reminder-early", reminderEarly), ("reminder-late", reminderLate), ("reminder-once", reminderOnce),
        ("reminder-stale", reminderStale), ("event-causal", eventCausal), ("page-walk", pageWalk),
        ("partition", partition), ("idempotent", idempotent), ("no-double-booking", noDoubleBooking),
    ]

    static func judge(_ history: History) -> [Violation] {
        all.flatMap { $0.check(history) }
    }

    private static func reminders(_ history: History) -> [History.Frame] {
        history.frames.filter { $0.name == EventName.reminder.rawValue }
    }

    /// Never before start minus lead.
    @Sendable static func reminderEarly(_ history: History) -> [Violation] {
        reminders(history).filter { $0.receivedAt < $0.start - history.lead }.map {
            Violation(
                invariant: "reminder-early",
                detail:
                    "\($0.booking) at \(RFC3339.string($0.receivedAt)), due \(RFC3339.string($0.start - history.lead))")
        }
    }

    /// Within a second of max(due, times taken), for every booking that stood at that instant. The socket `admin` hears
    /// of every booking.
    @Sendable static func reminderLate(_ history: History) -> [Violation] {
        guard let listening = history.listeners["admin"] else { return [] }
        let heard = Dictionary(grouping: reminders(history).filter { $0.socket == "admin" }) {
            "\($0.booking)/\($0.start.milliseconds)"
        }
        return standingTimes(history).compactMap { times in
            let owed = max(times.start - history.lead, times.from)
            guard owed >= listening, owed <= times.start, owed < times.until, owed + .seconds(1) <= history.endedAt
            else { return nil }
            let frames = heard["\(times.booking)/\(times.start.milliseconds)"] ?? []
            guard !frames.contains(where: { $0.receivedAt <= owed + .seconds(1) }) else { return nil }
            return Violation(
                invariant: "reminder-late", detail: "\(times.booking) was owed one at \(RFC3339.string(owed))")
        }
    }

    /// One event for each (booking, times), one copy a socket.
    @Sendable static func reminderOnce(_ history: History) -> [Violation] {
        let groups = Dictionary(grouping: reminders(history)) { "\($0.socket) \($0.booking) \($0.start.milliseconds)" }
        return groups.filter { $0.value.count > 1 }.keys.sorted().map {
            Violation(invariant: "reminder-once", detail: "\(groups[$0]?.count ?? 0) copies for \($0)")
        }
    }

    /// None after a cancel or move was acknowledged at an earlier instant, none with times that were moved away.
    @Sendable static func reminderStale(_ history: History) -> [Violation] {
        let times = standingTimes(history)
        return reminders(history).compactMap { frame in
            let known = times.filter { $0.booking.description == frame.booking }
            guard !known.isEmpty else { return nil }
            let stands = known.contains { $0.start == frame.start && frame.receivedAt <= $0.until }
            return stands
                ? nil
                : Violation(
                    invariant: "reminder-stale", detail: "\(frame.booking) at \(RFC3339.string(frame.receivedAt))")
        }
    }

    /// No reminder before the booking's creation, on any socket.
    @Sendable static func eventCausal(_ history: History) -> [Violation] {
        var created: Set<String> = []
        var violations: [Violation] = []
        for frame in history.frames {
            let key = "\(frame.socket) \(frame.booking)"
            if frame.name == EventName.created.rawValue {
                created.insert(key)
            } else if !created.contains(key) {
                violations.append(
                    Violation(invariant: "event-causal", detail: "\(frame.name) before creation for \(key)"))
            }
        }
        return violations
    }

    /// Repeats nothing, skips nothing that stood throughout, is sorted, ends.
    @Sendable static func pageWalk(_ history: History) -> [Violation] {
        history.walks.flatMap { walk in
            var broken: [String] = []
            let ids = walk.shown.map(\.id)
            if Set(ids).count != ids.count { broken.append("a row was shown twice") }
            let skipped = walk.standing.subtracting(ids)
            if !skipped.isEmpty {
                broken.append("\(skipped.count) rows were skipped, \(skipped.min()?.description ?? "") first")
            }
            let sort = BookingSort(.startTime, descending: walk.descending)
            if zip(walk.shown, walk.shown.dropFirst()).contains(where: { !sort.precedes($0, $1) }) {
                broken.append("rows were out of order")
            }
            if !walk.hasEnded { broken.append("it did not end") }
            return broken.map { Violation(invariant: "page-walk", detail: "\(walk.list): \($0)") }
        }
    }

    /// Upcoming and past are disjoint and complete.
    @Sendable static func partition(_ history: History) -> [Violation] {
        history.partitions.compactMap { one in
            let both = one.upcoming.intersection(one.past)
            let missing = one.expected.symmetricDifference(one.upcoming.union(one.past))
            guard !both.isEmpty || !missing.isEmpty else { return nil }
            return Violation(
                invariant: "partition",
                detail: "at \(RFC3339.string(one.instant)): \(both.count) in both, \(missing.count) missing or foreign")
        }
    }

    /// One key, equal bytes.
    @Sendable static func idempotent(_ history: History) -> [Violation] {
        history.repeats.filter { Set($0.answers).count > 1 }.map {
            Violation(invariant: "idempotent", detail: "\($0.key) was answered in \(Set($0.answers).count) ways")
        }
    }

    /// Accepted intervals of a provider are disjoint at every prefix.
    @Sendable static func noDoubleBooking(_ history: History) -> [Violation] {
        var held: [ProviderID: [BookingID: TimeSlot]] = [:]
        var violations: [Violation] = []
        for write in history.writes {
            held[write.provider, default: [:]][write.booking] = nil
            guard write.kind != .cancel else { continue }
            let slot = TimeSlot.stored(start: write.start, end: write.end)
            for other in (held[write.provider] ?? [:]).sorted(by: { $0.key < $1.key }) where other.value.overlaps(slot)
            {
                violations.append(
                    Violation(
                        invariant: "no-double-booking", detail: "\(write.booking) and \(other.key) hold one instant"))
            }
            held[write.provider, default: [:]][write.booking] = slot
        }
        return violations
    }

    /// The times that bookings had, from when to when.
    private struct Standing {
        let booking: BookingID
        let start: Timestamp
        let from: Timestamp
        var until: Timestamp
    }

    private static func standingTimes(_ history: History) -> [Standing] {
        var current: [BookingID: Standing] = [:]
        var ended: [Standing] = []
        for write in history.writes {
            if var old = current.removeValue(forKey: write.booking) {
                old.until = write.acknowledgedAt
                ended.append(old)
            }
            guard write.kind != .cancel else { continue }
            current[write.booking] = Standing(
                booking: write.booking, start: write.start, from: write.acknowledgedAt, until: .latest)
        }
        return (ended + current.values).sorted { ($0.booking, $0.from) < ($1.booking, $1.from) }
    }
}
