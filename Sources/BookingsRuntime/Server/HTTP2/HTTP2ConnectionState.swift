import NIOCore

/// When an HTTP/2 connection on the server's side ends. It does no I/O and reads no clock.
///
/// A connection ends gracefully (RFC 9113, 6.8): `GOAWAY` tells the client to open no further streams, those that are
/// open are finished, and then the connection closes. The handler of NIO performs that; this type decides when it begins,
/// and closes connections whose clients do not take part.
struct HTTP2ConnectionState {
    enum Action: Hashable {
        /// Begin to end the connection gracefully.
        case goAway
        /// Close the channel.
        case close
    }

    private let limits: ConnectionLimits
    private var openStreams = 0
    private var hasServed = false
    private var isDraining = false
    private var closesSoonWhenIdle = false
    /// Since when no stream is open.
    private var idleSince: NIODeadline
    /// `nil` until the graceful end has begun.
    private var goAwaySince: NIODeadline?

    init(limits: ConnectionLimits, at now: NIODeadline) {
        self.limits = limits
        idleSince = now
    }

    /// Whether no stream is open, so that the connection serves nothing now.
    var isIdle: Bool { openStreams == 0 }

    // MARK: - Inputs

    mutating func streamOpened(at now: NIODeadline) -> Action? {
        openStreams += 1
        hasServed = true
        return isDraining ? goAway(at: now) : nil
    }

    mutating func streamClosed(at now: NIODeadline) {
        openStreams -= 1
        if isIdle { idleSince = now }
    }

    /// The server shuts down. A connection that has served nothing is new: its client may have sent a request already, and
    /// would lose it to a `GOAWAY` only after another connection. It is ended after its first request.
    mutating func drain(at now: NIODeadline) -> Action? {
        isDraining = true
        return hasServed ? goAway(at: now) : nil
    }

    /// The server accepts no connections any more.
    mutating func closeSoonWhenIdle(at now: NIODeadline) -> Action? {
        closesSoonWhenIdle = true
        if isIdle { idleSince = now }
        return drain(at: now)
    }

    /// Another connection needs the place of this one.
    mutating func makeRoom(at now: NIODeadline) -> Action? { isIdle ? .close : goAway(at: now) }

    /// Time has passed. Open streams have deadlines of their own.
    mutating func tick(at now: NIODeadline) -> Action? {
        guard isIdle else { return nil }
        if let goAwaySince { return max(goAwaySince, idleSince) + limits.closeTimeout <= now ? .close : nil }
        let timeout = closesSoonWhenIdle ? limits.drainingIdleTimeout : limits.idleTimeout
        return idleSince + timeout <= now ? goAway(at: now) : nil
    }

    private mutating func goAway(at now: NIODeadline) -> Action? {
        guard goAwaySince == nil else { return nil }
        goAwaySince = now
        return .goAway
    }
}
