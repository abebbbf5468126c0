import Bookings

/// What is wrong, since when, and what was before.
struct FaultWindows {
    /// For how long after the last heal the relays still poll, and verdicts are mild.
    private static let aftermath = Duration.seconds(5)

    private var open: [String: Timestamp] = [:]
    private(set) var past: [History.FaultPeriod] = []
    private var calmAt: Timestamp?

    /// Something is wrong, or was a moment ago.
    var areOn: Bool { !open.isEmpty || calmAt != nil }

    func isOn(_ what: String) -> Bool { open[what] != nil }

    /// When all will be calm; nil when it is, and while something is wrong.
    var calm: Timestamp? { open.isEmpty ? calmAt : nil }

    /// False: it is wrong already.
    mutating func begin(_ what: String, at now: Timestamp) -> Bool {
        guard open[what] == nil else { return false }
        open[what] = now
        return true
    }

    /// `instant`: may lie ahead, for what mends itself.
    mutating func heal(_ what: String, at instant: Timestamp) {
        guard let from = open.removeValue(forKey: what) else { return }
        past.append(History.FaultPeriod(name: what, from: from, until: instant))
        calmAt = max(calmAt ?? .earliest, instant + Self.aftermath)
    }

    /// True: all is calm from now on, and was not before.
    mutating func calmDown(at now: Timestamp) -> Bool {
        guard let calm, calm <= now else { return false }
        calmAt = nil
        return true
    }
}
