/// Decides how one replica follows the event log, so that each event is delivered once and in order. A pure state
/// machine: `RelayEvents` performs its actions.
///
/// It also detects that the log was rewound (see `LogRewind`): each read begins with the last event that was delivered,
/// and the log must hold the same event there. The log's head alone would not show it once as many events were written
/// again as were lost.
package struct EventRelay: Sendable {
    /// What `RelayEvents` does for the relay. A step returns one read or `wait`, and before it what is to be delivered.
    package enum Action: Hashable, Sendable {
        /// Read up to `limit` events after the position, then call `sliceRead`.
        case read(after: LogPosition, limit: Int)
        /// Read the position just before the oldest event, then call `oldestRead`.
        case readOldest
        /// Read the position of the newest event, then call `headRead`.
        case readHead
        /// Deliver the events; with them, everything up to `through` has been delivered.
        case deliver([LoggedEvent], through: LogPosition)
        /// Tell everything that remembers positions; events up to the rewind's head will not be delivered.
        case rewind(LogRewind)
        /// Wait until the next announcement or poll, then call `begin`. The last action of every step that reads nothing.
        case wait
    }

    private enum State {
        /// To `remembering` or `reading` by `begin`.
        case waiting
        /// Reads the events up to the position, to recognise a rewind later. To `reading`.
        case remembering
        /// Reads on. `expected`: the event that the slice must begin with; `nil` when it is not known or was trimmed.
        /// To itself while the slices are full or trimmed, to `waiting`, to `comparing` when the log was rewound.
        case reading(expected: EventFingerprint?)
        /// Reads the remembered events again, to find where the log begins to differ. To `findingHead`.
        case comparing
        /// Reads where the rewound log ends. To `waiting`.
        case findingHead(agreed: LogPosition)
    }

    /// The largest number of events of one delivery.
    package static let batchSize = 1000
    /// The number of delivered events that are remembered, to find the position up to which a rewound log agrees.
    static let rememberedCount = 256

    /// How far the log was delivered and announced.
    package private(set) var progress: RelayProgress
    private var state = State.waiting
    /// The last delivered events in ascending order; `nil` before the first read.
    private var remembered: [EventFingerprint]?

    /// Creates a relay that delivers the events after `position`.
    package init(from position: LogPosition) {
        progress = RelayProgress(from: position)
    }

    /// The position up to which events were delivered.
    package var position: LogPosition { progress.relayed }

    // MARK: - Inputs

    /// An announcement says that the log reaches this position.
    package mutating func announce(_ head: LogPosition) { progress.announce(head) }

    /// Begins to read everything that the log holds after the position.
    package mutating func begin() -> [Action] {
        progress.willRead()
        if remembered != nil { return [readOn()] }
        state = .remembering
        let start = LogPosition(max(0, position.number - Int64(Self.rememberedCount)))
        return [.read(after: start, limit: Self.rememberedCount)]
    }

    /// `slice`: `nil` when events after the position that was read from were trimmed.
    package mutating func sliceRead(_ slice: EventSlice?) -> [Action] {
        switch (state, slice) {
        case (.remembering, let slice?):
            remembered = delivered(in: slice)
            return [readOn()]
        case (.comparing, let slice?): return compare(slice)
        case (.reading(let expected), let slice?): return follow(slice, expected: expected)
        case (.reading(_?), nil): return [readWithoutCheck()]
        case (.remembering, nil), (.reading(nil), nil), (.comparing, nil): return [.readOldest]
        case (.waiting, _), (.findingHead, _): return []
        }
    }

    /// Events after the position were trimmed while the store was unreachable: goes on from the oldest one that is left.
    package mutating func oldestRead(_ oldest: LogPosition) -> [Action] {
        switch state {
        case .remembering, .comparing: return [.read(after: oldest, limit: Self.rememberedCount)]
        case .reading:
            progress.relay(through: oldest)
            remembered = []
            return [readOn()]
        case .waiting, .findingHead: return []
        }
    }

    /// The log was rewound and ends at `head`: goes on from there.
    package mutating func headRead(_ head: LogPosition) -> [Action] {
        guard case .findingHead(let agreed) = state else { return [] }
        let rewind = LogRewind(agreesThrough: min(agreed, head), known: progress.furthest, head: head)
        progress.restart(at: head)
        remembered = nil
        return [.rewind(rewind), finish()]
    }

    /// A read failed: the next `begin` repeats it.
    package mutating func readFailed() {
        state = .waiting
        progress.announcementsMayBeLost()
    }

    // MARK: - Steps

    private mutating func readOn() -> Action {
        guard let last = remembered?.last, last.position == position else { return readWithoutCheck() }
        state = .reading(expected: last)
        return .read(after: LogPosition(position.number - 1), limit: Self.batchSize + 1)
    }

    private mutating func readWithoutCheck() -> Action {
        state = .reading(expected: nil)
        return .read(after: position, limit: Self.batchSize)
    }

    private mutating func follow(_ slice: EventSlice, expected: EventFingerprint?) -> [Action] {
        let agrees = expected == nil || slice.events.first.map(EventFingerprint.init) == expected
        guard slice.through >= position, agrees else { return [beginComparing()] }
        guard slice.through > position else { return [finish()] }
        let events = Array(slice.events.drop { $0.position <= position })
        progress.relay(through: slice.through)
        let newest = events.suffix(Self.rememberedCount).map(EventFingerprint.init)
        remembered = ((remembered ?? []) + newest).suffix(Self.rememberedCount)
        // Whatever is written after a slice that is not full is announced.
        return [.deliver(events, through: slice.through), events.count < Self.batchSize ? finish() : readOn()]
    }

    private mutating func beginComparing() -> Action {
        guard let first = remembered?.first else {
            state = .findingHead(agreed: .start)
            return .readHead
        }
        state = .comparing
        return .read(after: LogPosition(first.position.number - 1), limit: Self.rememberedCount)
    }

    private mutating func compare(_ slice: EventSlice) -> [Action] {
        let agreeing = zip(remembered ?? [], delivered(in: slice)).prefix { $0 == $1 }
        state = .findingHead(agreed: agreeing.last?.0.position ?? .start)
        return [.readHead]
    }

    private func delivered(in slice: EventSlice) -> [EventFingerprint] {
        slice.events.prefix { $0.position <= position }.map(EventFingerprint.init)
    }

    private mutating func finish() -> Action {
        state = .waiting
        progress.didRead()
        return .wait
    }
}
