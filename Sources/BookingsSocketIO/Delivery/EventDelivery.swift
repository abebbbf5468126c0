import Bookings

/// Decides how one socket gets its events. A pure state machine: `SocketConnection` performs its actions.
///
/// Missed events are read from the log in small slices, the next one when the client has taken the last. At the end of
/// the log the socket joins live delivery. Both happen on the shard's event loop, where `logEnd` is the position up to
/// which events were delivered live, so that no event is missed or sent twice between them.
struct EventDelivery: Sendable {
    enum Action: Hashable, Sendable {
        /// Read the log after the position, then call `sliceRead`.
        case read(after: LogPosition, SocketAudience)
        /// Read the position of the newest event, then call `headRead`.
        case readHead
        /// Read the position after which events can still be read, then call `oldestRead`.
        case readOldest
        /// Send these events.
        case send([LoggedEvent], SocketAudience)
        /// Accept the CONNECT: the events that the recovered socket missed have been sent.
        case acceptRecovered
        /// Nothing can be recovered: accept the CONNECT with a new socket.
        case connectAnew
        /// Send that events were missed, and the position after which events can still be read.
        case resync(oldest: LogPosition)
        /// Join live delivery.
        case join(SocketAudience)
        /// Leave live delivery.
        case leave(SocketAudience)
        /// Close the session, so that its client tries again.
        case close
    }

    /// What a step depends on besides the state.
    struct Conditions: Sendable {
        /// The position up to which events were delivered live on this event loop.
        var logEnd: LogPosition
        /// The client reads, and little waits for it: a poll waits, or the kernel took what the WebSocket was sent.
        var takesMore: Bool
        /// There is room for another slice although the client has taken nothing.
        var hasRoom: Bool
    }

    private enum State: Hashable {
        /// Gets no events. To every other state.
        case idle
        /// Becomes the socket that it was, and gets missed events before its CONNECT is accepted; `hasBegun`: some of
        /// them were sent. To `live` at the end of the log, to `resuming` when they are too many to be held, to `idle`
        /// when the log does not reach back.
        case recovering(SocketAudience, hasBegun: Bool)
        /// Gets missed events. To `live` at the end of the log, to `resynchronizing` when the log does not reach back.
        case resuming(SocketAudience)
        /// Learns that events were missed. To `live`.
        case resynchronizing(SocketAudience)
        /// Gets events as they happen. To `idle`.
        case live(SocketAudience)
    }

    private var state = State.idle
    /// The position up to which the client has received its events.
    private(set) var position = LogPosition.start
    /// Whether the client's position was found to be in the log.
    private var isPositionKnown = true
    /// At most one read is in flight, however often a client withdraws its CONNECT.
    private var isReading = false
    /// The read in flight belongs to a CONNECT that was withdrawn: its result is ignored.
    private var isStale = false

    /// Whether packets wait until the CONNECT is accepted, to be flushed together with that answer.
    var holdsOutput: Bool {
        if case .recovering = state { true } else { false }
    }

    // MARK: - Begin and end

    /// Begins with live events, without missed ones.
    mutating func goLive(_ audience: SocketAudience, at logEnd: LogPosition) -> [Action] {
        position = max(position, logEnd)
        state = .live(audience)
        return [.join(audience)]
    }

    /// Begins with the events after the client's cursor. Call `advance` next.
    mutating func resume(_ audience: SocketAudience, after position: LogPosition) {
        self.position = position
        isPositionKnown = false
        state = .resuming(audience)
    }

    /// Begins to recover the socket that received the events up to `position`. Call `advance` next.
    mutating func recover(_ audience: SocketAudience, after position: LogPosition) {
        self.position = position
        isPositionKnown = false
        state = .recovering(audience, hasBegun: false)
    }

    /// Begins without a valid cursor. Call `advance` next.
    mutating func resynchronize(_ audience: SocketAudience) {
        state = .resynchronizing(audience)
    }

    /// Ends the delivery; a read in flight is ignored.
    mutating func leave() -> [Action] {
        defer { state = .idle }
        isStale = isReading
        if case .live(let audience) = state { return [.leave(audience)] }
        return []
    }

    // MARK: - Missed events

    /// Takes the next step, if one can be taken. Call it whenever the conditions may have changed.
    mutating func advance(_ conditions: Conditions) -> [Action] {
        guard !isReading else { return [] }
        if mustReadHead(conditions) {
            isReading = true
            return [.readHead]
        }
        switch state {
        case .idle, .live: return []
        case .recovering(let audience, let hasBegun):
            if position >= conditions.logEnd { return [.acceptRecovered] + goLive(audience, at: conditions.logEnd) }
            if hasBegun ? conditions.hasRoom : conditions.takesMore { return read(for: audience) }
            guard hasBegun else { return [] }
            state = .resuming(audience)
            return [.acceptRecovered]
        case .resuming(let audience):
            if position >= conditions.logEnd { return goLive(audience, at: conditions.logEnd) }
            return conditions.takesMore ? read(for: audience) : []
        case .resynchronizing:
            isReading = true
            return [.readOldest]
        }
    }

    /// A position beyond everything that was delivered may be that of an event that a failover lost: after it nothing
    /// would be delivered until as many events were written again.
    private func mustReadHead(_ conditions: Conditions) -> Bool {
        switch state {
        case .recovering, .resuming: !isPositionKnown && position > conditions.logEnd
        case .idle, .resynchronizing, .live: false
        }
    }

    /// Call `advance` when the actions are done.
    mutating func headRead(_ head: LogPosition) -> [Action] {
        guard endReading() else { return [] }
        isPositionKnown = true
        guard position > head else { return [] }
        position = .start
        switch state {
        case .recovering:
            state = .idle
            return [.connectAnew]
        case .resuming(let audience):
            state = .resynchronizing(audience)
            return []
        case .idle, .resynchronizing, .live: return []
        }
    }

    private mutating func read(for audience: SocketAudience) -> [Action] {
        isReading = true
        return [.read(after: position, audience)]
    }

    /// `slice`: `nil` when the log does not reach back to the position. Call `advance` when the actions are done.
    mutating func sliceRead(_ slice: EventSlice?) -> [Action] {
        guard endReading() else { return [] }
        switch (state, slice) {
        case (.recovering(let audience, let hasBegun), let slice?):
            state = .recovering(audience, hasBegun: hasBegun || !slice.events.isEmpty)
            position = max(position, slice.through)
            return [.send(slice.events, audience)]
        case (.recovering(_, hasBegun: true), nil):
            return [.close]
        case (.recovering(_, hasBegun: false), nil):
            state = .idle
            return [.connectAnew]
        case (.resuming(let audience), let slice?):
            position = max(position, slice.through)
            return [.send(slice.events, audience)]
        case (.resuming(let audience), nil):
            state = .resynchronizing(audience)
            return []
        case (.idle, _), (.resynchronizing, _), (.live, _): return []
        }
    }

    /// Call `advance` when the actions are done.
    mutating func oldestRead(_ oldest: LogPosition, logEnd: LogPosition) -> [Action] {
        guard endReading(), case .resynchronizing(let audience) = state else { return [] }
        return [.resync(oldest: oldest)] + goLive(audience, at: logEnd)
    }

    /// Returns whether the result of the read is still needed.
    private mutating func endReading() -> Bool {
        defer { (isReading, isStale) = (false, false) }
        return !isStale
    }

    // MARK: - Live

    /// Returns the audience whose packet of a live event is to be sent, or `nil` when the position was passed.
    mutating func take(_ position: LogPosition) -> SocketAudience? {
        take(position, through: position)
    }

    /// Returns the audience whose packets of live events are to be sent, or `nil` when the position of the first one was
    /// passed, so that they must be taken one by one.
    mutating func take(_ first: LogPosition, through last: LogPosition) -> SocketAudience? {
        guard case .live(let audience) = state, first > position else { return nil }
        position = last
        return audience
    }
}
