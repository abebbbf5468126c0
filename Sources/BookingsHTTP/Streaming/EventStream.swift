import Bookings
import HTTPTypes
import NIOCore

/// A `text/event-stream` (WHATWG HTML, section 9.2) of a principal's events after a position in the log.
///
/// It starts by reading the log from its position and then takes live events. A bounded number of events waits for a
/// client that reads slowly; the stream reads what comes after them from the log. A client that reconnects resumes by its
/// cursor.
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
    let scope: BookingScope
    let start: LogPosition
    /// The generation of the streams before the start was read.
    let generation: EventStreams.Generation

    var response: Response {
        Response(
            status: .ok,
            headers: [
                .contentType: Self.mediaType, .cacheControl: CacheControl.personal,
                // Proxies such as nginx buffer a response unless this field forbids it.
                HTTPField.Name("X-Accel-Buffering")!: "no",
            ],
            body: .stream { writer in try await write(to: writer) })
    }

    /// Writes until the token expires, the stream is ended, or the client disconnects, which cancels the task.
    private func write(to writer: any ResponseBodyWriter) async throws {
        let trigger = LoopTrigger(clock: clock, inFlightWork: inFlightWork)
        let id = streams.add(trigger, scope: scope, generation: generation)
        defer {
            streams.remove(id)
            trigger.end()
        }
        var position = start
        try await writer.write(Self.comment)
        var nextComment = clock.elapsed() + Self.commentInterval
        while !Task.isCancelled, clock.now() < principal.expiresAt {
            switch streams.next(id, after: position) {
            case .write(let events):
                try await write(events, to: writer)
                position = events.last?.logged.position ?? position
            case .readLog:
                guard let through = try await writeSlice(after: position, to: writer, trigger) else { return }
                position = through
            case .wait: await trigger.wait(until: principal.expiresAt, atMost: nextComment - clock.elapsed())
            case .end: return
            }
            if clock.elapsed() >= nextComment {
                try await writer.write(Self.comment)
                nextComment = clock.elapsed() + Self.commentInterval
            }
        }
    }

    /// Writes a slice of the log. If there is none, it waits before it returns.
    ///
    /// - Returns: The position up to which events were written, or `nil` when the log does not reach back to `position`.
    private func writeSlice(
        after position: LogPosition, to writer: any ResponseBodyWriter, _ trigger: LoopTrigger
    ) async throws -> LogPosition? {
        let slice: EventSlice
        do throws(BookingError) {
            slice = try await readEvents(after: position, by: principal, limit: Self.pageSize)
        } catch {
            guard case .unavailable = error else { return nil }
            await trigger.wait(until: principal.expiresAt, atMost: Self.retryInterval)
            return position
        }
        try await write(slice.events.map(StreamedEvent.init), to: writer)
        // The log ends before what was delivered: it was rewound, and the relay is about to end all streams.
        if slice.through == position { await trigger.wait(until: principal.expiresAt, atMost: Self.retryInterval) }
        return slice.through
    }

    private func write(_ events: [StreamedEvent], to writer: any ResponseBodyWriter) async throws {
        guard let first = events.first else { return }
        var buffer = first.block(encoder)
        for event in events.dropFirst() { buffer.writeImmutableBuffer(event.block(encoder)) }
        try await writer.write(buffer)
    }
}
