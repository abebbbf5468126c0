import Synchronization

/// The last change of a scope.
public struct LastChange: Hashable, Sendable {
    /// Where it stands in the log.
    public let place: LogPosition
    /// Up to here the log holds no later one.
    let complete: LogPosition
}

/// Finds out whether a scope has changed, at the least cost: while nothing is written at all, the log's head says so for
/// every scope, and all that ask at one moment share the reading of it.
final class LastChanges: Sendable {
    private let log: any EventLog
    /// A head of the log that some caller has seen: those who know of an earlier one need not ask for it.
    private let seen = Atomic<Int64>(0)

    init(_ log: any EventLog) {
        self.log = log
    }

    /// As of an instant after the call. `earlier`: what was found before.
    func last(in scope: BookingScope, since earlier: LastChange?) async throws(StoreError) -> LastChange {
        // Read before the place is looked up, so that this is complete up to it.
        var head = LogPosition(seen.load(ordering: .relaxed))
        if scope.everything || earlier.map({ $0.complete >= head }) ?? false {
            head = try await log.head()
            seen.store(head.number, ordering: .relaxed)
            if scope.everything { return LastChange(place: head, complete: head) }
            if let earlier, earlier.complete == head { return earlier }
        }
        return LastChange(place: try await log.lastChange(in: scope), complete: head)
    }
}
