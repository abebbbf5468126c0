import Bookings

/// What holds of lists that are read page by page, or against each other.
enum PageRules {
    static func walk(_ history: History) -> [Finding] {
        history.walks.flatMap { walk in faults(of: walk).map { Finding("\(walk.list): \($0)") } }
    }

    private static func faults(of walk: History.Walk) -> [String] {
        var faults: [String] = []
        let ids = Set(walk.shown.map(\.id))
        // A booking that was moved ahead of the walk is met again, at its new place; one that stood is not.
        let again = Dictionary(grouping: walk.shown, by: \.id).filter { id, keys in
            keys.count > 1 && (walk.standing.contains(id) || Set(keys).count < keys.count)
        }
        if let first = again.keys.min() { faults.append("\(again.count) rows were shown again, \(first) first") }
        let skipped = walk.standing.subtracting(ids)
        if let first = skipped.min() { faults.append("\(skipped.count) rows were skipped, \(first) first") }
        let sort = BookingSort(.startTime, descending: walk.descending)
        if let pair = zip(walk.shown, walk.shown.dropFirst()).first(where: { $0 != $1 && !sort.precedes($0, $1) }) {
            faults.append("\(pair.1.id) was shown out of order")
        }
        if !walk.hasEnded { faults.append("it did not end") }
        return faults
    }

    static func partition(_ history: History) -> [Finding] {
        history.partitions.flatMap { one in
            [
                (one.upcoming.intersection(one.past), "in both lists"),
                (one.expectedUpcoming.subtracting(one.upcoming), "missing in upcoming"),
                (one.upcoming.subtracting(one.expectedUpcoming), "wrongly in upcoming"),
                (one.expectedPast.subtracting(one.past), "missing in past"),
                (one.past.subtracting(one.expectedPast), "wrongly in past"),
            ].compactMap { ids, what in
                guard let first = ids.min() else { return nil }
                return Finding(
                    "\(ids.count) \(what) at \(RFC3339.string(one.instant)), \(first) first", booking: first,
                    at: one.instant)
            }
        }
    }
}
