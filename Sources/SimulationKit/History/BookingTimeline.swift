import Bookings

/// The versions of one booking, with the times between which each of them was current.
///
/// Two intervals belong to each version, because a client sees only requests and answers. The *certain* interval lies
/// inside the time in which the version was current, the *possible* interval contains it. A checker that accuses the
/// service relies on certain intervals; one that looks for an excuse accepts possible ones. That keeps both sound when
/// answers are lost: what an unanswered request did is taken from the database's state at the end.
struct BookingTimeline {
    let booking: BookingID
    /// In ascending order. A version of which no row is known is left out.
    let versions: [VersionInterval]

    var provider: ProviderID? { versions.first?.row.provider }
    var customer: String? { versions.first?.row.customer }

    /// The sequence number of the first answer that acknowledged the booking; `Int.max` when there was none.
    var acknowledgedFrom: Int { versions.map(\.certainFrom).min() ?? .max }
}

/// A version of a booking and when it was current. The bounds are sequence numbers of the history.
struct VersionInterval {
    let row: History.Row
    /// When the booking took this version; `nil` when the history does not tell.
    let takenAt: Timestamp?
    /// The first instant at which a later version may have replaced it; `latest` when none did.
    var replacedAt = Timestamp.latest
    /// The sending of the first request that may have made the version.
    let possibleFrom: Int
    /// The first answer that showed a later version.
    var possibleUntil = Int.max
    /// The first answer that acknowledged the version; `Int.max` when there was none.
    let certainFrom: Int
    /// The sending of the first request that may have replaced the version.
    var certainUntil = Int.max

    var isEverCertain: Bool { certainFrom < certainUntil }
}

extension BookingTimeline {
    /// Returns the timelines of all bookings that a write or the final state names, sorted by id.
    static func all(in history: History) -> [BookingTimeline] {
        let index = BookingEvidenceIndex(history)
        return index.bookings.sorted().map { booking in
            let evidence = index[booking]
            return BookingTimeline(booking: booking, versions: bounded(versions(evidence), by: evidence))
        }
    }

    private static func versions(_ evidence: BookingEvidence) -> [VersionInterval] {
        var intervals: [VersionInterval] = []
        for version in evidence.versions.sorted() {
            let makers = evidence.makers(of: version)
            guard
                let row = evidence.rows[version]
                    ?? makers.first?.result(from: intervals.last?.row, version: version)
            else { continue }
            let acknowledged = makers.filter(\.isSuccess).map(\.at).min()
            let occurred = evidence.occurred[version]
            intervals.append(
                VersionInterval(
                    row: row, takenAt: acknowledged.map { max($0, occurred ?? $0) } ?? occurred,
                    possibleFrom: makers.map(\.sent).min() ?? intervals.last?.possibleFrom ?? 0,
                    certainFrom: evidence.acknowledged[version] ?? .max))
        }
        return intervals
    }

    /// Sets the ends of the intervals, from the last version to the first: a later version ends all before it.
    private static func bounded(_ intervals: [VersionInterval], by evidence: BookingEvidence) -> [VersionInterval] {
        var intervals = intervals
        var later = (possible: Int.max, certain: Int.max, at: Timestamp.latest)
        for index in intervals.indices.reversed() {
            let version = intervals[index].row.version
            let indeterminate = evidence.indeterminate.filter { $0.sent > intervals[index].possibleFrom }
            intervals[index].possibleUntil = later.possible
            intervals[index].certainUntil = min(later.certain, indeterminate.map(\.sent).min() ?? .max)
            intervals[index].replacedAt = min(later.at, indeterminate.map(\.at).min() ?? .latest)
            later.possible = min(later.possible, evidence.shown[version] ?? .max)
            later.certain = min(later.certain, intervals[index].possibleFrom)
            let sent = evidence.makers(of: version).map(\.at).min()
            let takenAt = intervals[index].takenAt
            later.at = min(later.at, sent ?? takenAt ?? .earliest, takenAt ?? .latest)
        }
        return intervals
    }
}
