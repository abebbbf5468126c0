import Bookings
import HTTPTypes
import HummingbirdCore

/// The caller's events, out of the log: a page of them, or a stream.
struct EventController: Sendable {
    private let dependencies: HTTPDependencies
    private let readEvents: ReadEvents
    private let encoder: EventEncoder

    init(_ dependencies: HTTPDependencies) {
        self.dependencies = dependencies
        readEvents = ReadEvents(
            log: dependencies.ports.log, clock: dependencies.ports.clock, retention: dependencies.options.eventRetention
        )
        encoder = EventEncoder(cursorCipher: dependencies.cursorCipher)
    }

    func list(_ exchange: RequestContext, _ caller: Principal?) async throws -> Response {
        let principal = try require(caller)
        guard principal.eventScope != nil else { throw BookingError.forbidden }
        var reader = QueryReader(exchange.request.uri.query)
        let limit = reader.integer("limit", in: 1...100) ?? 100
        let cursor = reader.text("after")
        let position = cursor.flatMap { encoder.cursorCipher.position(of: $0) }
        if cursor != nil, position == nil { reader.fault("after", "after is not a cursor of this service.") }
        guard reader.faults.isEmpty else { throw Problem.validation(reader.faults) }
        if AcceptHeader(exchange.request.headers[values: .accept])
            .prefers(EventStream.mediaType, to: "application/json")
        {
            return try await stream(exchange, after: position, by: principal)
        }
        let slice = try await readEvents(after: position, by: principal, limit: limit)
        return jsonResponse(write(slice))
    }

    /// Goes on after `Last-Event-ID`, else after `after`, else from now.
    private func stream(
        _ exchange: RequestContext, after position: LogPosition?, by principal: Principal
    ) async throws -> Response {
        guard dependencies.ports.clock.now() < principal.expiresAt else { throw Gatekeeper.expired }
        var start = position
        if let cursor = try exchange.header(Self.lastEventID), !cursor.isEmpty {
            guard let place = encoder.cursorCipher.position(of: cursor) else {
                throw Problem.validation("/header/last-event-id", "Last-Event-ID is not a cursor of this service.")
            }
            start = place
        }
        // What is too old says so before the stream begins.
        if let start {
            if dependencies.continuity.isDoubtful(start) { throw BookingError.cursorTooOld }
            _ = try await readEvents(after: start, by: principal, limit: 1)
        }
        let head = try await unavailableIfFailing { try await dependencies.ports.log.head() }
        return EventStream(
            readEvents: readEvents, encoder: encoder, clock: dependencies.ports.clock, inFlightWork: dependencies.inFlightWork,
            streams: dependencies.streams, principal: principal, start: start ?? head
        ).response
    }

    private static let lastEventID = HTTPField.Name("Last-Event-ID")!

    private func write(_ slice: EventSlice) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: slice.events.count * 700 + 100)
        writer.beginObject()
        writer.name("data")
        writer.beginArray()
        for event in slice.events {
            writer.beginObject()
            writer.name("data")
            writer.raw(encoder.data(of: event))
            writer.name("name")
            writer.string(event.event.name.rawValue)
            writer.endObject()
        }
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
