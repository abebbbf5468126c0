import Bookings

extension Checker {
    /// Compares every read and every list with the versions that were acknowledged before the request was sent. A read
    /// that was in flight together with the write may show either version.
    static let cacheFresh = Checker(
        "cache-fresh", "A read is at least as new as what was acknowledged before it began."
    ) { history in
        let timelines = BookingTimeline.all(in: history)
        return outdated(history, timelines) + notFound(history, timelines)
            + ListCompleteness.anomalies(in: history, timelines)
    }
}

/// Rows of an older version than one that was acknowledged before the request was sent.
private func outdated(_ history: History, _ timelines: [BookingTimeline]) -> [Anomaly] {
    let acknowledged = Dictionary(
        uniqueKeysWithValues: timelines.map { ($0.booking, AcknowledgedVersions($0)) })
    return history.calls.flatMap { call -> [Anomaly] in
        guard !call.isWrite, call.isSuccess else { return [] }
        return call.shownRows.compactMap { row in
            let version = acknowledged[row.id]?.newest(before: call.sent) ?? 0
            guard row.version < version else { return nil }
            return Anomaly(
                "\(call.request) shows version \(row.version) of \(row.id), but \(version) was acknowledged",
                booking: row.id, at: call.at)
        }
    }
}

/// Reads that did not find a booking that was acknowledged before they were sent, and that the caller may see.
private func notFound(_ history: History, _ timelines: [BookingTimeline]) -> [Anomaly] {
    let timelines = Dictionary(uniqueKeysWithValues: timelines.map { ($0.booking, $0) })
    return history.calls.compactMap { call in
        guard call.kind == .read, call.status == 404, let timeline = call.booking.flatMap({ timelines[$0] }),
            timeline.acknowledgedFrom < call.sent,
            history.maySee(call.caller, provider: timeline.provider, customer: timeline.customer)
        else { return nil }
        return Anomaly(
            "\(call.request) did not find \(timeline.booking), which was acknowledged", booking: timeline.booking,
            at: call.at)
    }
}

/// The newest version of a booking that was acknowledged by each answer, in the order of the answers.
private struct AcknowledgedVersions {
    private var entries: [(answered: Int, newest: Int)] = []

    init(_ timeline: BookingTimeline) {
        var newest = 0
        let acknowledged = timeline.versions.filter { $0.certainFrom < .max }
        for version in acknowledged.sorted(by: { $0.certainFrom < $1.certainFrom }) {
            newest = max(newest, version.row.version)
            entries.append((version.certainFrom, newest))
        }
    }

    /// Returns the newest version that was acknowledged before the request was sent, or `nil` when none was.
    func newest(before sent: Int) -> Int? {
        let later = entries.partitioningIndex { $0.answered >= sent }
        return later > 0 ? entries[later - 1].newest : nil
    }
}
