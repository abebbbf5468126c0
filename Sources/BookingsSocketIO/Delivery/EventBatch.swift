import Bookings
import NIOCore
import Synchronization

/// Events that the relay delivers together. Each event loop has its copy.
struct EventBatch: Sendable {
    /// The frames of all events in one buffer, which is made when the first socket needs it and then shared by all sockets of
    /// all event loops.
    private final class Joined: Sendable {
        let full = Mutex<ByteBuffer?>(nil)
        let anonymous = Mutex<ByteBuffer?>(nil)
    }

    /// In the order of the log.
    let events: [EncodedEvent]
    private let joined = Joined()
    // What this copy has taken from `joined`, so that the loops do not wait for each other at each socket.
    private var full: ByteBuffer?
    private var anonymous: ByteBuffer?

    init(_ events: [EncodedEvent]) {
        self.events = events
    }

    /// Returns the WebSocket frames of all events for an audience that gets all of them.
    mutating func frames(for audience: SocketAudience) -> ByteBuffer {
        switch audience {
        case .anonymous:
            let frames = anonymous ?? join(joined.anonymous, audience)
            anonymous = frames
            return frames
        case .scope:
            let frames = full ?? join(joined.full, audience)
            full = frames
            return frames
        }
    }

    private func join(_ shared: borrowing Mutex<ByteBuffer?>, _ audience: SocketAudience) -> ByteBuffer {
        shared.withLock { shared in
            if let shared { return shared }
            // A single event's frame is shared with the sockets that get it alone.
            guard var frames = events.first?.packet(for: audience).frame else { return ByteBuffer() }
            for event in events.dropFirst() { frames.writeImmutableBuffer(event.packet(for: audience).frame) }
            shared = frames
            return frames
        }
    }
}
