import Bookings

extension Checker {
    /// Compares both lists, read in full at one instant, with the whole list at the same instant. A virtual clock
    /// stands still meanwhile, so that the reads can be made at the very end of a booking.
    static let partition = Checker(
        "partition", "The upcoming and the past list are disjoint and complete at every instant, boundaries included."
    ) { history in
        history.partitions.flatMap { partition in
            [
                (partition.upcoming.intersection(partition.past), "in both lists"),
                (partition.expectedUpcoming.subtracting(partition.upcoming), "missing in upcoming"),
                (partition.upcoming.subtracting(partition.expectedUpcoming), "wrongly in upcoming"),
                (partition.expectedPast.subtracting(partition.past), "missing in past"),
                (partition.past.subtracting(partition.expectedPast), "wrongly in past"),
            ].compactMap { bookings, problem in
                guard let first = bookings.min() else { return nil }
                return Anomaly(
                    "\(bookings.count) \(problem) at \(RFC3339.string(partition.instant)), \(first) first",
                    booking: first, at: partition.instant)
            }
        }
    }
}
