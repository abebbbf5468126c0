import Synchronization

/// A log that went back: it lost its newest events, and hands their places out anew. A failover to a standby that had
/// not received them does this, and so does a backup that is restored.
package struct LogRewind: Hashable, Sendable {
    /// Up to here the log is still what this replica read of it.
    package let agreesThrough: LogPosition
    /// The furthest place that this replica knew of before.
    package let known: LogPosition
    /// The place of the newest event now.
    package let head: LogPosition

    package init(agreesThrough: LogPosition, known: LogPosition, head: LogPosition) {
        self.agreesThrough = agreesThrough
        self.known = known
        self.head = head
    }
}

/// Whether places in the log still mean what they meant, for whatever remembers them: cursors of clients and keys of
/// caches. One for a replica; the relay reports to it.
package final class LogContinuity: Sendable {
    /// For how long after a rewind the cursors of lost events are refused although their places exist again: clients
    /// whose connections were closed come back within this time.
    private static let doubtfulFor = Duration.seconds(10)

    private struct State {
        var last: LogRewind?
        var rewinds = 0
        /// On the clock's elapsed time.
        var doubtfulUntil = Duration.zero
    }

    private let clock: any WallClock
    private let state = Mutex(State())

    package init(clock: any WallClock) {
        self.clock = clock
    }

    package func wentBack(_ rewind: LogRewind) {
        let until = clock.elapsed() + Self.doubtfulFor
        state.withLock { state in
            state.last = rewind
            state.rewinds += 1
            state.doubtfulUntil = until
        }
    }

    /// Whether a client's cursor may be that of an event that was lost, while another event has its place.
    package func isDoubtful(_ place: LogPosition) -> Bool {
        state.withLock { state in
            guard let last = state.last, place > last.agreesThrough, place <= last.known else { return false }
            return clock.elapsed() < state.doubtfulUntil
        }
    }

    /// Changes whenever the log goes back; empty before. Replicas that noticed the same rewinds have the same.
    package var era: String {
        state.withLock { state in state.last.map { "\($0.agreesThrough.number).\(state.rewinds)" } ?? "" }
    }
}
