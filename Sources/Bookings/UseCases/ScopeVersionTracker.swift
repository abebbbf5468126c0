import Synchronization

/// The version of what a scope contains, identified by its last change.
package struct ScopeVersion: Hashable, Sendable, CustomStringConvertible {
    /// See `LogContinuity.era`: after the log went back, positions recur.
    let era: String
    /// The position of the scope's last change.
    let position: LogPosition

    /// A part of cache keys.
    package var description: String { "\(era)/\(position.number)" }
}

/// Determines whether a scope has changed, by one read that all waiting callers share, whichever scopes they ask for.
final class ScopeVersionTracker: Sendable {
    private struct State {
        var era = ""
        var changes = KnownChanges()

        /// Forgets what was read before the log went back.
        mutating func begin(_ era: String) {
            if self.era != era { self = State(era: era) }
        }
    }

    private let log: any EventLog
    private let continuity: LogContinuity
    private let state = Mutex(State())

    init(_ log: any EventLog, continuity: LogContinuity) {
        self.log = log
        self.continuity = continuity
    }

    /// Returns the version of a scope as of an instant after the call.
    func version(of scope: BookingScope) async throws(StoreError) -> ScopeVersion {
        let era = continuity.era
        if let change = try await knownChange(in: scope, era: era) { return ScopeVersion(era: era, position: change) }
        return ScopeVersion(era: era, position: try await lookUp(scope, era: era))
    }

    /// Reads what was written since the last read; `nil` if nothing is known of the scope.
    private func knownChange(in scope: BookingScope, era: String) async throws(StoreError) -> LogPosition? {
        let (position, isKnown) = state.withLock { state in
            state.begin(era)
            return (state.changes.through, state.changes.lastChange(in: scope) != nil)
        }
        guard isKnown else { return nil }
        let read = try await log.changes(after: position)
        return state.withLock { state in
            state.begin(era)
            state.changes.add(read, after: position)
            return state.changes.lastChange(in: scope)
        }
    }

    private func lookUp(_ scope: BookingScope, era: String) async throws(StoreError) -> LogPosition {
        let position = state.withLock(\.changes.through)
        let change = try await log.lastChange(in: scope)
        state.withLock { state in
            if state.era == era { state.changes.add(change, of: scope, after: position) }
        }
        return change
    }
}
