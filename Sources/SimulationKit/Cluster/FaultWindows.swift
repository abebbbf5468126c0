import Bookings

/// The fault windows of a run: which are open, since when, and which are closed.
struct FaultWindows {
    private var openings: [String: Timestamp] = [:]
    private(set) var closed: [History.FaultPeriod] = []
    /// When the aftermath of the last window ends.
    private var endsAt: Timestamp?

    /// Whether a window is open, or was one within `DegradedPeriods.recovery`.
    var areOn: Bool { !openings.isEmpty || endsAt != nil }

    func isOpen(_ name: String) -> Bool { openings[name] != nil }

    /// The periods of all windows; those that are open end at `latest`.
    var periods: [History.FaultPeriod] {
        let open = openings.map { History.FaultPeriod(name: $0.key, from: $0.value, until: .latest) }
        return closed + open.sorted { ($0.from, $0.name) < ($1.from, $1.name) }
    }

    /// When the aftermath ends; `nil` while a window is open, and when there is no aftermath.
    var end: Timestamp? { openings.isEmpty ? endsAt : nil }

    /// Returns `false` if the window is open already.
    mutating func open(_ name: String, at now: Timestamp) -> Bool {
        guard openings[name] == nil else { return false }
        openings[name] = now
        return true
    }

    /// Closes the window; has no effect if it is not open.
    mutating func close(_ name: String, at now: Timestamp) {
        guard let from = openings.removeValue(forKey: name) else { return }
        closed.append(History.FaultPeriod(name: name, from: from, until: now))
        endsAt = max(endsAt ?? .earliest, now + DegradedPeriods.recovery)
    }

    /// Ends the aftermath if it is over. Returns whether it ended by this call.
    mutating func endAftermath(at now: Timestamp) -> Bool {
        guard let end, end <= now else { return false }
        endsAt = nil
        return true
    }
}
