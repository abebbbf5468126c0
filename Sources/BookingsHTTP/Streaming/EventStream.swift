import Bookings
import HTTPTypes
import HummingbirdCore
import NIOCore

/// One `text/event-stream` (WHATWG HTML, section 9.2) of a caller's events, from a place in the log on.
///
/// It holds one slice of the log at most: a reader that is slow makes it wait, and one that comes back goes on by its
/// cursor.
struct EventStream: Sendable {
    static let mediaType = "text/event-stream"
    private static let commentInterval = Duration.seconds(15)
    private static let sliceSize = 100

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
                .contentType: Self.mediaType, .cacheControl: "private, no-cache",
                // Proxies such as nginx collect an answer before they pass it on, unless told not to.
                HTTPField.Name("X-Accel-Buffering")!: "no",
            ],
            body: ResponseBody { writer in
                try await write(to: &writer)
                try await writer.finish(nil)
            })
    }

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
                slice = try await readEvents(after: position, by: principal, limit: Self.sliceSize)
            } catch {
                guard case .unavailable = error else { return }
                await trigger.wait(until: principal.expiresAt, atMost: .seconds(1))
                continue
            }
            if !slice.events.isEmpty {
                try await writer.write(text(of: slice.events))
            }
            if clock.elapsed() >= nextComment {
                try await writer.write(Self.comment)
                nextComment = clock.elapsed() + Self.commentInterval
            }
            position = slice.through
            if slice.events.count < Self.sliceSize {
                await trigger.wait(until: principal.expiresAt, atMost: nextComment - clock.elapsed())
            }
        }
    }

    private static let comment = ByteBuffer(string: ":\n\n")

    private func text(of events: [LoggedEvent]) -> ByteBuffer {
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
