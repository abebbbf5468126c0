import Bookings

/// How one socket gets its events: decided here, done by `SocketConnection`.
///
/// What was missed is read from the log in small stretches, the next one when the client has taken the last. At the
/// end of the log the socket joins live delivery. Both happen on the shard's event loop, where `logEnd` is the position
/// up to which events were delivered live, so that nothing is missed or doubled between them.
struct EventDelivery: Sendable {
    enum Action: Hashable, Sendable {
        /// Read the log after the position, then call `sliceRead`.
        case read(after: LogPosition, SocketAudience)
        /// Ask where the log ends, then call `headRead`.
        case readHead
        /// Ask from where events can still be read, then call `oldestRead`.
        case readOldest
        /// Send these events.
        case send([LoggedEvent], SocketAudience)
        /// Answer the CONNECT: what the recovered socket missed has been sent.
        case acceptRecovered
        /// Nothing can be recovered: the CONNECT is one of a new socket.
        case connectAnew
        /// Say that events were missed, and from where they can still be read.
        case resync(oldest: LogPosition)
        /// Join or leave live delivery.
        case join(SocketAudience)
        case leave(SocketAudience)
        /// Close the session: its client tries again.
        case close
    }

    /// What a decision depends on besides.
    struct View: Sendable {
        /// Events up to here were delivered live on this loop.
        var logEnd: LogPosition
        /// The client reads, and little waits for it: a poll waits, or the WebSocket has taken what it was sent.
        var takesMore: Bool
        /// There is room for another stretch although none has been taken.
        var hasRoom: Bool
    }

    private enum State: Hashable {
        /// To all others.
        case idle
        /// The socket is the one it was, and gets what it missed before the answer to its CONNECT; `hasBegun`: some of
        /// it was sent. To live at the end of the log, resuming when it is too much to be held, idle when the log does
        /// not reach back.
        case recovering(SocketAudience, hasBegun: Bool)
        /// To live at the end of the log, resynchronizing when the log does not reach back.
        case resuming(SocketAudience)
        /// To live.
        case resynchronizing(SocketAudience)
        /// To idle.
        case live(SocketAudience)
    }

    private var state = State.idle
    /// The last position that the client was told of, or needs not be.
    private(set) var position = LogPosition.start
    /// Whether the client's position was compared with the end of the log.
    private var isPositionKnown = true
    /// At most one reading is under way, however often a client takes its CONNECT back.
    private var isReading = false
    /// The reading under way was for a CONNECT that was taken back.
    private var isStale = false

    /// What is sent waits for the answer to CONNECT, to leave together with it.
    var holdsOutput: Bool {
        if case .recovering = state { true } else { false }
    }

    // MARK: - Beginnings and ends

    mutating func goLive(_ audience: SocketAudience, at logEnd: LogPosition) -> [Action] {
        position = max(position, logEnd)
        state = .live(audience)
        return [.join(audience)]
    }

    /// Call `advance` next.
    mutating func resume(_ audience: SocketAudience, after position: LogPosition) {
        self.position = position
        isPositionKnown = false
        state = .resuming(audience)
    }

    /// Call `advance` next.
    mutating func recover(_ audience: SocketAudience, after position: LogPosition) {
        self.position = position
        isPositionKnown = false
        state = .recovering(audience, hasBegun: false)
    }

    /// The cursor opens nothing. Call `advance` next.
    mutating func resynchronize(_ audience: SocketAudience) {
        state = .resynchronizing(audience)
    }

    mutating func leave() -> [Action] {
        defer { state = .idle }
        isStale = isReading
        if case .live(let audience) = state { return [.leave(audience)] }
        return []
    }

    // MARK: - The log

    /// The next step, if one can be made: to be called whenever the view may have changed.
    mutating func advance(_ view: View) -> [Action] {
        guard !isReading else { return [] }
        if mustAskForHead(view) {
            isReading = true
            return [.readHead]
        }
        switch state {
        case .idle, .live: return []
        case .recovering(let audience, let hasBegun):
            if position >= view.logEnd { return [.acceptRecovered] + goLive(audience, at: view.logEnd) }
            if hasBegun ? view.hasRoom : view.takesMore { return read(for: audience) }
            guard hasBegun else { return [] }
            state = .resuming(audience)
            return [.acceptRecovered]
        case .resuming(let audience):
            if position >= view.logEnd { return goLive(audience, at: view.logEnd) }
            return view.takesMore ? read(for: audience) : []
        case .resynchronizing:
            isReading = true
            return [.readOldest]
        }
    }

    /// A position beyond all that was delivered may be that of an event that a failover lost: from there nothing would
    /// be delivered until as many events were written anew.
    private func mustAskForHead(_ view: View) -> Bool {
        switch state {
        case .recovering, .resuming: !isPositionKnown && position > view.logEnd
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

    /// `slice`: nil when the log does not reach back to the position. Call `advance` when the actions are done.
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

    /// Whether the reading is still wanted.
    private mutating func endReading() -> Bool {
        defer { (isReading, isStale) = (false, false) }
        return !isStale
    }

    // MARK: - Live

    /// The audience as which a live event is to be sent; nil: it is not, because its position was passed.
    mutating func take(_ position: LogPosition) -> SocketAudience? {
        guard case .live(let audience) = state, position > self.position else { return nil }
        self.position = position
        return audience
    }
}
