import Bookings
import HTTPTypes
import HummingbirdCore
import NIOCore

/// A `text/event-stream` (WHATWG HTML, section 9.2) of a principal's events after a position in the log.
///
/// It holds at most one page of events: a client that reads slowly delays the next read of the log, and a client that
/// reconnects resumes by its cursor.
struct EventStream: Sendable {
    static let mediaType = "text/event-stream"
    private static let commentInterval = Duration.seconds(15)
    private static let retryInterval = Duration.seconds(1)
    private static let pageSize = 100
    private static let comment = ByteBuffer(string: ":\n\n")

    let readEvents: ReadEvents
    let encoder: EventEncoder
    let clock: any WallClock
    let inFlightWork: InFlightWork
    let streams: EventStreams
    let principal: Principal
    let start: LogPosition

    var response: Response {
        Response(
            status: .ok,
            headers: [
                .contentType: Self.mediaType, .cacheControl: CacheControl.personal,
                // Proxies such as nginx buffer a response unless this field forbids it.
                HTTPField.Name("X-Accel-Buffering")!: "no",
            ],
            body: ResponseBody { writer in
                try await write(to: &writer)
                try await writer.finish(nil)
            })
    }

    /// Writes until the token expires, the stream is closed, or the client disconnects, which cancels the task.
    private func write(to writer: inout any ResponseBodyWriter) async throws {
        let trigger = LoopTrigger(clock: clock, inFlightWork: inFlightWork)
        let id = streams.add(trigger)
        defer {
            streams.remove(id)
            trigger.end()
        }
        var position = start
        try await writer.write(Self.comment)
        var nextComment = clock.elapsed() + Self.commentInterval
        while streams.isOpen(id), !Task.isCancelled, clock.now() < principal.expiresAt {
            let slice: EventSlice
            do throws(BookingError) {
                slice = try await readEvents(after: position, by: principal, limit: Self.pageSize)
            } catch {
                guard case .unavailable = error else { return }
                await trigger.wait(until: principal.expiresAt, atMost: Self.retryInterval)
                continue
            }
            if !slice.events.isEmpty {
                try await writer.write(encode(slice.events))
            }
            if clock.elapsed() >= nextComment {
                try await writer.write(Self.comment)
                nextComment = clock.elapsed() + Self.commentInterval
            }
            position = slice.through
            if slice.events.count < Self.pageSize {
                await trigger.wait(until: principal.expiresAt, atMost: nextComment - clock.elapsed())
            }
        }
    }

    /// Encodes events with their cursors as IDs, so that a client resumes with `Last-Event-ID`.
    private func encode(_ events: [LoggedEvent]) -> ByteBuffer {
        var buffer = ByteBuffer()
        for logged in events {
            buffer.writeString(
                "id: \(encoder.cursor(at: logged.position))\nevent: \(logged.event.name.rawValue)\ndata: ")
            buffer.writeBytes(encoder.data(of: logged))
            buffer.writeString("\n\n")
        }
        return buffer
    }
}
