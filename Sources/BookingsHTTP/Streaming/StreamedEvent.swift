import Bookings
import NIOCore
import Synchronization

/// An event as a block of `text/event-stream` (WHATWG HTML, section 9.2.6), which is encoded when the first stream writes
/// it and then shared by all streams.
package final class StreamedEvent: Sendable {
    /// The event and its position.
    let logged: LoggedEvent
    private let block = Mutex<ByteBuffer?>(nil)

    init(_ logged: LoggedEvent) {
        self.logged = logged
    }

    /// Returns the event with its cursor as ID, so that a client resumes with `Last-Event-ID`.
    func block(_ encoder: EventEncoder) -> ByteBuffer {
        block.withLock { block in
            let encoded = block ?? Self.encode(logged, encoder)
            block = encoded
            return encoded
        }
    }

    private static func encode(_ logged: LoggedEvent, _ encoder: EventEncoder) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeString(
            "id: \(encoder.cursor(at: logged.position))\nevent: \(logged.event.name.rawValue)\ndata: ")
        buffer.writeBytes(encoder.data(of: logged))
        buffer.writeString("\n\n")
        return buffer
    }
}
