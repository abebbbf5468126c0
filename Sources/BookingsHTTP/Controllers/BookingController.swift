import Bookings
import HTTPTypes

/// Creates, reads and changes single bookings.
package struct BookingController: Sendable {
    let writes: BookingWrites
    private let getBooking: GetBooking
    private let cursorCipher: CursorCipher
    private let metrics: ServiceMetrics

    /// Creates a controller. `cursorCipher` seals the cursors of the history.
    package init(writes: BookingWrites, getBooking: GetBooking, cursorCipher: CursorCipher, metrics: ServiceMetrics) {
        self.writes = writes
        self.getBooking = getBooking
        self.cursorCipher = cursorCipher
        self.metrics = metrics
    }

    // MARK: - Create

    /// `POST /bookings`.
    ///
    /// The caller's rights are checked before a stored response is returned, and the time of the slot only after it: a
    /// replay must not fail because the slot is in the past by now.
    func create(_ context: RequestContext) async throws -> Response {
        let principal = try context.principal()
        guard principal.mayCreate else { throw BookingError.forbidden }
        let body = try JSONBody(of: context).parsed(errors: context.idempotencyErrors)
        var reader = BodyReader(body)
        let provider: ProviderID? = reader.identifier("provider_id")
        let service: ServiceID? = reader.identifier("service_id")
        let customer = reader.subject("customer_id", isRequired: false)
        if let provider, !principal.mayCreate(with: provider, for: customer) { throw BookingError.forbidden }
        if let earlier = try await earlierResponse(to: context) { return earlier }
        let slot = reader.slot(notBefore: writes.now())
        reader.finish()
        let errors = context.idempotencyErrors + reader.errors
        guard let provider, let service, let slot, errors.isEmpty else { throw Problem.validation(errors) }
        let booking = NewBooking(providerID: provider, serviceID: service, customerID: customer, slot: slot)
        let request = WriteRequest(origin: context.origin(of: principal), idempotency: context.idempotentRequest) {
            StoredAnswer($0, status: .created, location: "/bookings/\($0.id)")
        }
        let result = try await countingConflicts { () async throws(BookingError) in
            try await CreateBooking(writes)(booking, by: principal, for: request)
        }
        if case .done = result { metrics.bookingCreated() }
        return result.response
    }

    // MARK: - Read

    /// `GET /bookings/{id}`, conditional on `If-None-Match`.
    func get(_ context: RequestContext) async throws -> Response {
        let booking = try await getBooking(try bookingID(in: context), by: try context.principal())
        if let header = context.request.headerFields[.ifNoneMatch], EntityTag.weaklyMatches(header, booking.version) {
            return Response(
                status: .notModified,
                headers: [.eTag: EntityTag.of(booking), .cacheControl: CacheControl.personal])
        }
        return StoredAnswer(booking, status: .ok).response()
    }

    /// `GET /bookings/{id}/history`. Cursors are bound to the booking and the caller.
    func history(_ context: RequestContext) async throws -> Response {
        let (id, principal) = (try bookingID(in: context), try context.principal())
        var reader = QueryReader(context.query)
        let maximum = HistoryPage.maximumEntries
        let limit = reader.integer("limit", in: 1...maximum) ?? maximum
        let cursorContext = Array("history of \(id) for \(principal.subject.text)".utf8)
        let cursor = reader.cursor("cursor") { HistoryCursor.open($0, context: cursorContext, with: cursorCipher) }
        try reader.throwErrors()
        let page = try await getBooking.history(of: id, after: cursor?.version ?? 0, limit: limit, by: principal)
        let last = page.isCut ? page.entries.last?.booking.version : nil
        let next = last.map { HistoryCursor(version: $0).seal(context: cursorContext, with: cursorCipher) }
        return Response(json: HistoryJSON.write(page, limit: limit, nextCursor: next))
    }

    // MARK: - Helpers

    /// Throws a `Problem`, which `Idempotency` does not store: an ID that is not a UUID was never decided on.
    func bookingID(in context: RequestContext) throws(Problem) -> BookingID {
        guard let id = BookingID(context.parameter) else { throw Problem(BookingError.notFound) }
        return id
    }

    /// Returns the stored response to an earlier request with the same idempotency key and body.
    func earlierResponse(to context: RequestContext) async throws(BookingError) -> Response? {
        guard let request = context.idempotentRequest else { return nil }
        return try await writes.earlierAnswer(to: request)?.response(isReplay: true)
    }

    /// Runs a write and counts it if it was refused because of another booking.
    func countingConflicts(
        _ write: () async throws(BookingError) -> WriteResult
    ) async throws(BookingError) -> WriteResult {
        do {
            return try await write()
        } catch {
            if case .slotTaken = error { metrics.bookingConflict() }
            throw error
        }
    }
}

extension WriteResult {
    /// The response of a write, marked if it is a replay.
    var response: Response {
        switch self {
        case .done(let answer): answer.response()
        case .replayed(let answer): answer.response(isReplay: true)
        }
    }
}
