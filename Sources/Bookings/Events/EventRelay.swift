/// Reads the log onwards from where it stands, and hands each new event on, in order, once.
///
/// It also notices a log that went back (see `LogRewind`): each reading begins with the last event that was handed on,
/// and the log has to hold the same one there. The log's head alone would not tell when as many events were written
/// anew as were lost.
///
/// One for a replica. It is a value that only its loop touches.
package struct EventRelay: Sendable {
    /// Takes events in the log's order; `through`: all up to here has been handed over.
    package typealias Receiver = @Sendable (_ events: [LoggedEvent], _ through: LogPosition) -> Void
    /// Called in place of the receiver; what lies up to the rewind's head will not be handed on.
    package typealias RewindReceiver = @Sendable (LogRewind) -> Void

    package static let batch = 1000
    /// How many of the last events are remembered to find the place up to which a log that went back still agrees.
    private static let memory = 256

    /// What tells an event from another one at its place.
    private struct Mark: Hashable {
        let position: LogPosition
        let booking: BookingID
        let version: Int
        let kind: BookingEvent.Kind
        let occurredAt: Timestamp

        init(_ logged: LoggedEvent) {
            position = logged.position
            booking = logged.event.booking.id
            version = logged.event.booking.version
            kind = logged.event.kind
            occurredAt = logged.event.occurredAt
        }
    }

    private let log: any EventLog
    private let receiver: Receiver
    private let rewound: RewindReceiver
    package private(set) var position: LogPosition
    /// Ascending; nil before the first reading.
    private var recent: [Mark]?

    package init(
        log: any EventLog, from position: LogPosition, receiver: @escaping Receiver,
        rewound: @escaping RewindReceiver = { _ in }
    ) {
        self.log = log
        self.position = position
        self.receiver = receiver
        self.rewound = rewound
    }

    /// Hands on all that the log holds beyond the position.
    package mutating func runOnce() async throws(StoreError) {
        if recent == nil { try await remember() }
        while true {
            let (slice, last) = try await readOn()
            guard let slice else {
                // The log was trimmed past this place while the store was away: go on from what is kept.
                position = try await log.oldest(keptSince: .earliest)
                recent = []
                continue
            }
            guard slice.through >= position, last == nil || slice.events.first.map(Mark.init) == last else {
                return try await goBack()
            }
            let events = Array(slice.events.drop { $0.position <= position })
            guard slice.through > position else { return }
            receiver(events, slice.through)
            position = slice.through
            recent = Array(((recent ?? []) + events.suffix(Self.memory).map(Mark.init)).suffix(Self.memory))
            // What comes after a slice that is not full is announced.
            if events.count < Self.batch { return }
        }
    }

    /// What follows the position, nil when that is gone. `last`: the event with which the slice has to begin; nil when
    /// that is not known or was trimmed.
    private func readOn() async throws(StoreError) -> (slice: EventSlice?, last: Mark?) {
        if let last = recent?.last, last.position == position {
            let before = LogPosition(position.number - 1)
            let slice = try await log.tail(after: before, limit: Self.batch + 1)
            if let slice { return (slice, last) }
        }
        return (try await log.tail(after: position, limit: Self.batch), nil)
    }

    /// Reads the last events up to the position again.
    private mutating func remember() async throws(StoreError) {
        recent = try await kept(after: LogPosition(max(0, position.number - Int64(Self.memory))))
    }

    private func kept(after start: LogPosition) async throws(StoreError) -> [Mark] {
        var slice = try await log.tail(after: start, limit: Self.memory)
        if slice == nil {
            let oldest = try await log.oldest(keptSince: .earliest)
            slice = try await log.tail(after: oldest, limit: Self.memory)
        }
        return (slice?.events ?? []).filter { $0.position <= position }.map(Mark.init)
    }

    /// Finds what is left of what was read, and goes on from the end of the log as it is now.
    private mutating func goBack() async throws(StoreError) {
        let known = recent ?? []
        var agreed = LogPosition.start
        if let first = known.first {
            let kept = try await kept(after: LogPosition(first.position.number - 1))
            agreed = zip(known, kept).prefix { $0 == $1 }.last?.0.position ?? .start
        }
        let head = try await log.head()
        let rewind = LogRewind(agreesThrough: min(agreed, head), known: position, head: head)
        position = head
        recent = nil
        rewound(rewind)
    }
}
