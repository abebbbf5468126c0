import Bookings
import HTTPTypes

/// Serves the caller's events from the log, as a page or as a stream.
package struct EventController: Sendable {
    private static let lastEventID = HTTPField.Name("Last-Event-ID")!
    private static let maximumPageSize = 100

    private let readEvents: ReadEvents
    private let encoder: EventEncoder
    private let clock: any WallClock
    private let inFlightWork: InFlightWork
    private let streams: EventStreams

    /// Creates a controller whose streams are registered in `streams`.
    package init(
        readEvents: ReadEvents, encoder: EventEncoder, clock: any WallClock, inFlightWork: InFlightWork,
        streams: EventStreams
    ) {
        self.readEvents = readEvents
        self.encoder = encoder
        self.clock = clock
        self.inFlightWork = inFlightWork
        self.streams = streams
    }

    /// A client that accepts a stream is watched while its response waits for events.
    @Sendable static func intake(of head: HTTPRequest) -> RequestIntake {
        RequestIntake(waitsForEvents: head.headerFields[.accept]?.contains(EventStream.mediaType) ?? false)
    }

    /// `GET /events`, as JSON or as a stream, by the `Accept` header.
    func list(_ context: RequestContext) async throws -> Response {
        let principal = try context.principal()
        guard let scope = principal.eventScope else { throw BookingError.forbidden }
        var reader = QueryReader(context.query)
        let limit = reader.integer("limit", in: 1...Self.maximumPageSize) ?? Self.maximumPageSize
        let position = reader.cursor("after") { encoder.cursorCipher.position(of: $0) }
        try reader.throwErrors()
        let accept = AcceptHeader(context.request.headerFields[values: .accept])
        if accept.prefers(EventStream.mediaType, to: "application/json") {
            return try await stream(context, after: position, by: principal, scope)
        }
        let slice = try await readEvents(after: position, by: principal, limit: limit)
        return Response(json: json(of: slice))
    }

    /// Streams the events after `Last-Event-ID`, else after `position`, else those that occur from now on.
    private func stream(
        _ context: RequestContext, after position: LogPosition?, by principal: Principal, _ scope: BookingScope
    ) async throws -> Response {
        guard clock.now() < principal.expiresAt else { throw Authentication.expiredToken }
        let generation = streams.generation
        let start = try await readEvents.start(
            after: try lastEventPosition(in: context) ?? position, by: principal)
        return EventStream(
            readEvents: readEvents, encoder: encoder, clock: clock, inFlightWork: inFlightWork, streams: streams,
            principal: principal, scope: scope, start: start, generation: generation
        ).response
    }

    /// The position that a reconnecting client sends; `nil` if the header is absent or empty.
    private func lastEventPosition(in context: RequestContext) throws(Problem) -> LogPosition? {
        guard let cursor = try context.header(Self.lastEventID), !cursor.isEmpty else { return nil }
        guard let position = encoder.cursorCipher.position(of: cursor) else {
            throw .validation("/header/last-event-id", "Last-Event-ID is not a valid cursor.")
        }
        return position
    }

    /// Writes a page; its cursor is the position up to which the page is complete.
    private func json(of slice: EventSlice) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: slice.events.count * 700 + 100)
        writer.beginObject()
        writer.name("data")
        writer.beginArray()
        for event in slice.events { writer.raw(encoder.item(of: event)) }
        writer.endArray()
        writer.name("meta")
        writer.beginObject()
        writer.name("next")
        writer.string(encoder.cursor(at: slice.through))
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }
}
