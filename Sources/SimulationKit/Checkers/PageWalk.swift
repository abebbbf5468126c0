import Bookings

extension Checker {
    /// Reads the recorded walks. A booking that was inserted, moved or cancelled during a walk may appear or not; one
    /// that was present throughout must appear once. A walk that a fault interrupts is not recorded.
    static let pageWalk = Checker(
        "page-walk",
        "A walk by cursor repeats no row, skips no row that was present throughout, is sorted and ends."
    ) { history in
        history.walks.flatMap { walk in
            [repeated(walk), skipped(walk), unsorted(walk), walk.hasEnded ? nil : "the walk did not end"]
                .compactMap { $0 }.map { Anomaly("\(walk.list): \($0)") }
        }
    }
}

/// A booking that moves ahead of the walk appears again at its new place, with another sort key.
private func repeated(_ walk: History.Walk) -> String? {
    let again = Dictionary(grouping: walk.shown, by: \.id).filter { id, keys in
        keys.count > 1 && (walk.presentThroughout.contains(id) || Set(keys).count < keys.count)
    }
    return again.keys.min().map { "\(again.count) rows were repeated, \($0) first" }
}

/// A booking that was present throughout must be shown at some point of the walk.
private func skipped(_ walk: History.Walk) -> String? {
    let skipped = walk.presentThroughout.subtracting(walk.shown.map(\.id))
    return skipped.min().map { "\(skipped.count) rows were skipped, \($0) first" }
}

/// A row and its successor must be in the list's order. Equal keys are left to `repeated`.
private func unsorted(_ walk: History.Walk) -> String? {
    let sort = BookingSort(.startTime, descending: walk.descending)
    return zip(walk.shown, walk.shown.dropFirst()).first { $0 != $1 && !sort.precedes($0, $1) }
        .map { "\($1.id) was shown out of order" }
}
