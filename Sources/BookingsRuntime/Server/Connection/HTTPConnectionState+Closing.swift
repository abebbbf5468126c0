import Bookings
import BookingsHTTP
import NIOCore

/// The end of a connection: the client closes, the server drains, a deadline passes.
extension HTTPConnectionState {
    // MARK: - Inputs

    /// The client sends nothing more.
    mutating func inputClosed() {
        isInputClosed = true
        switch phase {
        case .responding(let response):
            if response.waitsForEvents { abandon() }
        case .halfClosed, .readingBody: close()
        case .idle, .readingHead, .upgraded, .closed: break
        }
    }

    /// The channel takes more bytes, or takes none for now.
    mutating func writabilityChanged(to isWritable: Bool, at now: NIODeadline) {
        self.isWritable = isWritable
        if isWritable { lastProgress = now }
    }

    /// The server shuts down: every response from now on closes the connection.
    mutating func drain() { isDraining = true }

    /// The server accepts no connections any more. A connection that is idle waits a moment for one more request: a proxy
    /// that is refused new connections stops using this one, and closing it before that could cross with a request.
    mutating func closeSoonWhenIdle(at now: NIODeadline) {
        drain()
        closesSoonWhenIdle = true
        if case .idle = phase { lastProgress = now }
    }

    /// Time has passed.
    mutating func tick(at now: NIODeadline) {
        guard let deadline, deadline <= now else { return }
        switch phase {
        case .idle, .halfClosed: close()
        case .readingHead, .readingBody: reject(.timeout)
        case .responding: abandon()
        case .upgraded, .closed: break
        }
    }

    /// The channel is closed. A write goes on without its client; a response that waits for events does not.
    mutating func channelClosed() {
        pendingAction = nil
        if case .responding(let response) = phase, response.waitsForEvents { pendingAction = .abandonResponse }
        phase = .closed
        queue.removeAll()
    }

    // MARK: - Outputs

    /// When `tick` must be called at the latest; `nil` means never.
    var deadline: NIODeadline? {
        switch phase {
        case .idle:
            guard isWritable else { return lastProgress + limits.writeTimeout }
            return lastProgress + (closesSoonWhenIdle ? limits.drainingIdleTimeout : limits.idleTimeout)
        case .readingHead(let since): return since + limits.headTimeout
        case .readingBody: return lastProgress + limits.bodyTimeout
        case .responding: return writeBegan.map { $0 + limits.writeTimeout }
        case .halfClosed(let since): return since + limits.closeTimeout
        case .upgraded, .closed: return nil
        }
    }

    // MARK: - Transitions

    /// Closes a connection whose queue is empty and to which no request can come any more.
    mutating func closeIfInputEnded() -> Action? {
        guard isInputClosed || hasOverflowed else { return nil }
        phase = .closed
        return .close
    }

    mutating func close() { end(with: .close) }

    private mutating func abandon() { end(with: .abandonResponse) }

    private mutating func end(with action: Action) {
        phase = .closed
        queue.removeAll()
        pendingAction = action
    }
}
