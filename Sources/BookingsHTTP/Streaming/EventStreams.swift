import Bookings
import Synchronization

/// The event streams that are open on this replica. Each takes the relay's events that its scope contains; a stream that
/// gets no events causes no read of the log.
package final class EventStreams: Sendable {
    /// Distinguishes the streams that began before all streams were ended from those that began after.
    struct Generation: Hashable, Sendable {
        fileprivate var number = 0
    }

    private struct State {
        var audiences: StreamAudiences
        var triggers: [Int: LoopTrigger] = [:]
        var lastID = 0
        var generation = Generation()
        var isShutDown = false
    }

    private let state: Mutex<State>

    /// Creates a registry without streams; `position` is where the relay begins to deliver.
    package init(from position: LogPosition) {
        state = Mutex(State(audiences: StreamAudiences(from: position)))
    }

    // MARK: - Streams

    /// The current generation, which a stream passes to `add`. It is read before the stream reads its start from the log.
    var generation: Generation { state.withLock(\.generation) }

    /// Returns the ID of a new stream. It is ended already when all streams were ended since its generation, or when a
    /// shutdown has begun.
    func add(_ trigger: LoopTrigger, scope: BookingScope, generation: Generation) -> Int {
        state.withLock { state in
            state.lastID += 1
            guard !state.isShutDown, generation == state.generation else { return state.lastID }
            state.audiences.add(state.lastID, scope)
            state.triggers[state.lastID] = trigger
            return state.lastID
        }
    }

    func remove(_ id: Int) {
        state.withLock { state in
            state.audiences.remove(id)
            state.triggers[id] = nil
        }
    }

    /// Returns the next step of a stream that has written everything up to `position`.
    func next(_ id: Int, after position: LogPosition) -> StreamAudiences.Step {
        state.withLock { $0.audiences.next(id, after: position) }
    }

    // MARK: - The relay

    /// Gives each event to the streams whose scope contains it. The relay calls it with all events of the log in order;
    /// everything up to `through` has been delivered with them.
    package func deliver(_ events: [LoggedEvent], through: LogPosition) {
        let woken = state.withLock { state in
            state.audiences.deliver(events, through: through).compactMap { state.triggers[$0] }
        }
        for trigger in woken { trigger.signal() }
    }

    /// Ends all open streams, so that their clients reconnect with their cursors, and continues delivery at the end of a
    /// log that was rewound.
    package func restart(at head: LogPosition) {
        endAll(restartingAt: head)
    }

    /// Ends all streams and opens no more, so that clients reconnect to another replica.
    package func shutDown() {
        state.withLock { $0.isShutDown = true }
        endAll()
    }

    private func endAll(restartingAt head: LogPosition? = nil) {
        let ended = state.withLock { state in
            state.audiences.removeAll(restartingAt: head)
            state.generation.number += 1
            defer { state.triggers = [:] }
            return Array(state.triggers.values)
        }
        for trigger in ended { trigger.signal() }
    }
}
