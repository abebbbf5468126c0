import Synchronization

/// Delivers the event log to the sockets and streams of one replica: the loop around `EventRelay`.
package final class RelayEvents: Sendable {
    /// The longest time between two reads of the log.
    package struct PollIntervals: Sendable {
        /// While announcements of other replicas arrive.
        let connected: Duration
        /// While the bus is not connected, so that only reading shows what other replicas write.
        let disconnected: Duration

        /// Creates intervals of elapsed time.
        package init(connected: Duration, disconnected: Duration) {
            self.connected = connected
            self.disconnected = disconnected
        }
    }

    private struct State {
        var relay: EventRelay
        /// On the clock's elapsed time, so that a clock that is set back does not delay the next poll.
        var nextPoll = Duration.zero
    }

    private let log: any EventLog
    private let bus: any EventBus
    private let clock: any WallClock
    private let metrics: ServiceMetrics
    private let intervals: PollIntervals
    private let deliver: @Sendable ([LoggedEvent], LogPosition) -> Void
    private let rewound: @Sendable (LogRewind) -> Void
    private let state: Mutex<State>

    /// Creates a relay that delivers the events after `position`.
    ///
    /// - Parameters:
    ///   - deliver: Takes events in the log's order; everything up to the position has been delivered with them.
    ///   - rewound: Called when the log was rewound; events up to the rewind's head will not be delivered.
    package init(
        log: any EventLog, bus: any EventBus, clock: any WallClock, metrics: ServiceMetrics, from position: LogPosition,
        every intervals: PollIntervals, deliver: @escaping @Sendable ([LoggedEvent], LogPosition) -> Void,
        rewound: @escaping @Sendable (LogRewind) -> Void
    ) {
        self.log = log
        self.bus = bus
        self.clock = clock
        self.metrics = metrics
        self.intervals = intervals
        self.deliver = deliver
        self.rewound = rewound
        state = Mutex(State(relay: EventRelay(from: position)))
    }

    /// The position up to which events were delivered.
    package var position: LogPosition { state.withLock(\.relay.position) }

    /// Takes an announcement of the bus, on any thread. Returns whether the log has to be read for it: what this replica
    /// wrote itself is announced a second time by the shared bus.
    package func announce(_ head: LogPosition) -> Bool {
        step { relay in
            guard head > relay.position else { return false }
            relay.announce(head)
            return true
        }
    }

    /// Delivers everything that the log holds, if there is a reason to read it, and returns when to look again.
    package func runOnce() async throws(StoreError) -> NextRun {
        // The read that one announcement led to has often gone beyond the next ones already.
        let (isBehind, nextPoll) = state.withLock { ($0.relay.progress.isBehind, $0.nextPoll) }
        let left = nextPoll - clock.elapsed()
        guard isBehind || left <= .zero else { return .after(left) }
        do throws(StoreError) {
            try await perform(step { $0.begin() })
        } catch {
            step { $0.readFailed() }
            throw error
        }
        let interval = bus.isConnected ? intervals.connected : intervals.disconnected
        state.withLock { $0.nextPoll = clock.elapsed() + interval }
        return .after(interval)
    }

    private func perform(_ first: [EventRelay.Action]) async throws(StoreError) {
        var actions = first[...]
        while let action = actions.popFirst() {
            switch action {
            case .read(let position, let limit):
                let slice = try await log.tail(after: position, limit: limit)
                actions += step { $0.sliceRead(slice) }
            case .readOldest:
                let oldest = try await log.oldest(keptSince: .earliest)
                actions += step { $0.oldestRead(oldest) }
            case .readHead:
                let head = try await log.head()
                actions += step { $0.headRead(head) }
            case .deliver(let events, let through): deliver(events, through)
            case .rewind(let rewind): rewound(rewind)
            case .wait: return
            }
        }
    }

    /// Gives the state machine an input, and reports the lag that follows from it.
    private func step<Result: Sendable>(_ input: (inout EventRelay) -> Result) -> Result {
        let (result, lag) = state.withLock { state in (input(&state.relay), state.relay.progress.lag) }
        metrics.setEventLogLag(lag)
        return result
    }
}
