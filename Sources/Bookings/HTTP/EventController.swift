import Hummingbird

/// The caller's events, out of the log.
struct EventController: Sendable {
    private let readEvents: ReadEvents
    private let encoder: EventEncoder

    init(_ house: HTTPDependencies) {
        readEvents = ReadEvents(
            log: house.ports.log, clock: house.ports.clock, retention: house.configuration.eventRetention)
        encoder = EventEncoder(sealer: house.sealer)
    }

    func list(_ exchange: Exchange, _ caller: Principal?) async throws -> Response {
        let principal = try require(caller)
        guard principal.eventScope != nil else { throw BookingError.forbidden }
        var reader = QueryReader(exchange.request.uri.query)
        let limit = reader.integer("limit", in: 1...100) ?? 100
        let cursor = reader.text("after")
        let position = cursor.flatMap { encoder.sealer.position(of: $0) }
        if cursor != nil, position == nil { reader.fault("after", "after is not a cursor of this service.") }
        guard reader.faults.isEmpty else { throw Problem.validation(reader.faults) }
        let slice = try await readEvents(after: position, by: principal, limit: limit)
        return jsonResponse(write(slice))
    }

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
