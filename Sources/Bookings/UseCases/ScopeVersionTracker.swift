import Synchronization

/// The version of what a scope contains, identified by its last change.
package struct ScopeVersion: Hashable, Sendable {
    /// A position in the log, which is unambiguous only within an era: after the log went back, positions recur.
    package struct Change: Hashable, Sendable, CustomStringConvertible {
        /// See `LogContinuity.era`.
        let era: String
        let position: LogPosition

        /// A part of cache keys.
        package var description: String { "\(era)/\(position.number)" }
    }

    /// The last change of the scope.
    package let change: Change
    /// The log contains no later change of the scope up to this position.
    let completeThrough: LogPosition
}

/// Determines whether a scope has changed, at the least cost: while nothing is written at all, the head of the log shows
/// that for every scope.
final class ScopeVersionTracker: Sendable {
    private let log: any EventLog
    private let continuity: LogContinuity
    /// A head of the log that some caller has read. A caller whose version is complete up to an earlier position need
    /// not read the head: something was written since.
    private let seenHead = Atomic<Int64>(0)

    init(_ log: any EventLog, continuity: LogContinuity) {
        self.log = log
        self.continuity = continuity
    }

    /// Returns the version of a scope as of an instant after the call.
    ///
    /// - Parameter earlier: The version that an earlier call returned for this scope.
    func version(of scope: BookingScope, since earlier: ScopeVersion?) async throws(StoreError) -> ScopeVersion {
        let era = continuity.era
        let earlier = earlier?.change.era == era ? earlier : nil
        // Read before the last change, so that the version is complete up to this position.
        var head = LogPosition(seenHead.load(ordering: .relaxed))
        if scope.everything || earlier.map({ $0.completeThrough >= head }) ?? false {
            head = try await log.head()
            seenHead.store(head.number, ordering: .relaxed)
            if scope.everything { return ScopeVersion(change: .init(era: era, position: head), completeThrough: head) }
            if let earlier, earlier.completeThrough == head { return earlier }
        }
        let lastChange = try await log.lastChange(in: scope)
        return ScopeVersion(change: .init(era: era, position: lastChange), completeThrough: head)
    }
}
