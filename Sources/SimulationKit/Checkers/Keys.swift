import Bookings

extension Checker {
    /// Reads what the key server published, when replicas read it, and which tokens they accepted. The times are those
    /// of docs/operations.md. While the key server fails or the replica is paused, known keys stay in use.
    static let keys = Checker(
        "keys",
        "A published key opens after ten seconds, a withdrawn one opens nothing after ten minutes, and a replica reads "
            + "the key server at most once in ten seconds."
    ) { history in
        history.keys.publications.isEmpty ? [] : misusedKeys(history) + hastyReadings(history.keys.readings)
    }
}

private enum KeyTimes {
    /// A replica reads the keys again after so long at the latest.
    static let refresh = Duration.seconds(600)
    /// A replica waits so long between two readings.
    static let pause = Duration.seconds(10)
}

/// The keys as the key server published them.
private struct PublishedKeys {
    let publications: [History.KeyEvidence.Publication]

    /// Returns since when the key has been published or withdrawn at the instant; `nil` for one that was published
    /// neither then nor before.
    func state(of key: String, at instant: Timestamp) -> (isPublished: Bool, since: Timestamp)? {
        var state: (isPublished: Bool, since: Timestamp)?
        for publication in publications where publication.at <= instant {
            let isPublished = publication.keys.contains(key)
            if let state, state.isPublished == isPublished { continue }
            if state != nil || isPublished { state = (isPublished, publication.at) }
        }
        return state
    }
}

/// Keys that opened what they must not open, and keys that did not open what they must.
private func misusedKeys(_ history: History) -> [Anomaly] {
    let keys = PublishedKeys(publications: history.keys.publications)
    let degraded = DegradedPeriods(history.faultPeriods)
    return history.keys.uses.compactMap { use in
        let outages = history.outages(of: use.replica)
        switch (keys.state(of: use.key, at: use.at), use.status) {
        case (nil, 200): return Anomaly("\(use.request) was accepted with \(use.key), never published", at: use.at)
        case ((false, let since)?, 200):
            guard use.at > deadline(since + KeyTimes.refresh, since, outages) else { return nil }
            return Anomaly(
                "\(use.request) was accepted by replica \(use.replica) with \(use.key), "
                    + "withdrawn \(since.duration(to: use.at).inSeconds) s before", at: use.at)
        case ((true, let since)?, let status?) where status != 200:
            let isExcused =
                use.at < since + KeyTimes.pause || (status != 401 && degraded.isNearFault(use.at))
                || outages.contains { $0.from <= use.at && use.at <= $0.until + KeyTimes.pause }
            guard !isExcused else { return nil }
            return Anomaly(
                "\(use.request) was answered \(status) by replica \(use.replica) with \(use.key), "
                    + "published \(since.duration(to: use.at).inSeconds) s before", at: use.at)
        default: return nil
        }
    }
}

/// Returns until when a withdrawn key may be in use: a reading that failed is repeated after the pause.
private func deadline(
    _ healthy: Timestamp, _ since: Timestamp, _ outages: [History.FaultPeriod]
) -> Timestamp {
    outages.reduce(healthy) { deadline, outage in
        guard outage.until >= since, outage.from <= deadline else { return deadline }
        return max(deadline, outage.until + KeyTimes.pause)
    }
}

extension History {
    /// The periods in which the replica could not read the key server, in ascending order.
    fileprivate func outages(of replica: Int) -> [FaultPeriod] {
        let windows = Fault.pause.windows(.replica(replica)) + [Fault.keyServerWindow]
        return faultPeriods.filter { windows.contains($0.name) }.sorted { ($0.from, $0.until) < ($1.from, $1.until) }
    }
}

/// Readings of one life of a replica that follow each other too soon.
private func hastyReadings(_ readings: [History.KeyEvidence.Reading]) -> [Anomaly] {
    struct Life: Hashable { let replica: Int, life: Int }
    var last: [Life: Timestamp] = [:]
    return readings.compactMap { reading in
        let before = last.updateValue(reading.at, forKey: Life(replica: reading.replica, life: reading.life))
        guard let before, before.duration(to: reading.at) < KeyTimes.pause else { return nil }
        return Anomaly(
            "replica \(reading.replica) read the key server again after \(before.duration(to: reading.at).inSeconds) s",
            at: reading.at)
    }
}
