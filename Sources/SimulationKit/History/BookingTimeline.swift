import Bookings

/// A booking's versions, each with what is known of when it stood.
///
/// `sequence` bounds are those of the history. What an unanswered request did, the booking's history at the end tells.
struct BookingTimeline {
    let booking: BookingID
    /// By version, ascending. A version of which nothing is known is left out.
    let stages: [VersionInterval]

    var provider: ProviderID? { stages.first?.row.provider }
    var customer: String? { stages.first?.row.customer }

    /// When it was first acknowledged that the booking exists.
    var knownFrom: Int { stages.map(\.certainFrom).min() ?? .max }
}

/// One version of a booking.
struct VersionInterval {
    let row: History.Row
    /// When the booking took this version; nil: nobody can tell.
    let at: Timestamp?
    /// The first instant at which it may have gone on to a later one; `latest`: it never did.
    var untilAt = Timestamp.latest
    /// From the sending of the request that may have given it…
    let possibleFrom: Int
    /// …until an answer showed a later one.
    var possibleUntil = Int.max
    /// From the first acknowledgement, `max` when there was none…
    let certainFrom: Int
    /// …until the sending of a request that may have led on.
    var certainUntil = Int.max

    var isEverCertain: Bool { certainFrom < certainUntil }
}

enum Lives {
    /// The lives of all bookings of which a write or the end tells, by id.
    static func of(_ history: History) -> [BookingTimeline] {
        let gathered = Gathered(history)
        return gathered.bookings.sorted().map { booking in
            let evidence = gathered[booking]
            return BookingTimeline(booking: booking, stages: bounded(stages(evidence), by: evidence))
        }
    }

    private static func stages(_ evidence: Evidence) -> [VersionInterval] {
        var stages: [VersionInterval] = []
        for version in evidence.versions.sorted() {
            let makers = evidence.makers(of: version)
            guard let row = evidence.rows[version] ?? makers.first?.made(outOf: stages.last?.row, version: version)
            else {
                continue
            }
            let acknowledged = makers.filter(\.isSuccess).map(\.at).min()
            let occurred = evidence.occurred[version]
            stages.append(
                VersionInterval(
                    row: row, at: acknowledged.map { max($0, occurred ?? $0) } ?? occurred,
                    possibleFrom: makers.map(\.sent).min() ?? stages.last?.possibleFrom ?? 0,
                    certainFrom: evidence.acknowledged[version] ?? .max))
        }
        return stages
    }

    /// Sets where each stage ends: from the last to the first, since any later version ends all before it.
    private static func bounded(_ stages: [VersionInterval], by evidence: Evidence) -> [VersionInterval] {
        var stages = stages
        var later = (possible: Int.max, certain: Int.max, at: Timestamp.latest)
        for index in stages.indices.reversed() {
            let version = stages[index].row.version
            let open = evidence.open.filter { $0.sent > stages[index].possibleFrom }
            stages[index].possibleUntil = later.possible
            stages[index].certainUntil = min(later.certain, open.map(\.sent).min() ?? .max)
            stages[index].untilAt = min(later.at, open.map(\.at).min() ?? .latest)
            later.possible = min(later.possible, evidence.shown[version] ?? .max)
            later.certain = min(later.certain, stages[index].possibleFrom)
            let sent = evidence.makers(of: version).map(\.at).min()
            later.at = min(later.at, sent ?? stages[index].at ?? .earliest, stages[index].at ?? .latest)
        }
        return stages
    }
}

extension History.Call {
    /// The booking as this call left it, when no answer showed it. A new one is taken as pending, which holds its slot
    /// and is owed nothing.
    func made(outOf before: History.Row?, version: Int) -> History.Row? {
        switch kind {
        case .create:
            guard let booking, let provider, let wished else { return nil }
            return .init(
                id: booking, provider: provider, customer: nil, start: wished.start, end: wished.end, status: .pending,
                version: version)
        case .act(let action):
            guard let before else { return nil }
            let slot = wished ?? before.slot
            return .init(
                id: before.id, provider: before.provider, customer: before.customer, start: slot.start, end: slot.end,
                status: action.status ?? before.status, version: version)
        case .read, .history, .list, .flawedToken: return nil
        }
    }
}

extension ActionName {
    /// The status to which the action leads; nil: it leaves it as it is, or the configuration says.
    fileprivate var status: BookingStatus? {
        switch self {
        case .create, .reschedule: nil
        case .confirm: .confirmed
        case .decline: .declined
        case .cancel: .cancelled
        case .complete: .completed
        case .noShow: .noShow
        }
    }
}
