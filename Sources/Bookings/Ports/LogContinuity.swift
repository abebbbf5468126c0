import Synchronization

/// An event log that was rewound: it lost its newest events and assigns their positions again. A failover to a standby
/// that had not received them does this, and so does restoring a backup.
package struct LogRewind: Hashable, Sendable {
    /// Up to this position the log still holds what this replica read.
    package let agreesThrough: LogPosition
    /// The highest position that this replica knew of before.
    package let known: LogPosition
    /// The position of the newest event now.
    package let head: LogPosition

    package init(agreesThrough: LogPosition, known: LogPosition, head: LogPosition) {
        self.agreesThrough = agreesThrough
        self.known = known
        self.head = head
    }
}

/// Whether positions in the log still mean what they meant when they were handed out, in cursors and in keys of caches.
///
/// There is one for a replica; its relay reports rewinds to it.
package final class LogContinuity: Sendable {
    /// How long cursors of lost events are refused after a rewind although their positions exist again. Clients whose
    /// connections were closed reconnect within this time.
    private static let doubtPeriod = Duration.seconds(10)

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

    /// Records a rewind.
    package func wentBack(_ rewind: LogRewind) {
        let until = clock.elapsed() + Self.doubtPeriod
        state.withLock { state in
            state.last = rewind
            state.rewinds += 1
            state.doubtfulUntil = until
        }
    }

    /// Returns whether a client's cursor may belong to an event that was lost, while another event has its position.
    package func isDoubtful(_ position: LogPosition) -> Bool {
        state.withLock { state in
            guard let last = state.last, position > last.agreesThrough, position <= last.known else { return false }
            return clock.elapsed() < state.doubtfulUntil
        }
    }

    /// A string that changes with each rewind; empty before the first. It is the same on all replicas that detected the
    /// same rewinds.
    package var era: String {
        state.withLock { state in state.last.map { "\($0.agreesThrough.number).\(state.rewinds)" } ?? "" }
    }
}
