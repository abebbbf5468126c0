import Bookings
import HTTPTypes
import HummingbirdCore
import NIOCore

/// One booking: made, read, acted on.
struct BookingController: Sendable {
    private let dependencies: HTTPDependencies
    private let writes: BookingWrites
    private let getBooking: GetBooking

    init(_ dependencies: HTTPDependencies) {
        self.dependencies = dependencies
        let options = dependencies.options
        writes = BookingWrites(
            store: dependencies.ports.store, clock: dependencies.ports.clock,
            identifiers: dependencies.ports.identifiers,
            plan: options.reminderPlan, initialStatus: options.initialStatus,
            customerAccess: options.customerAccess, committed: dependencies.committed)
        getBooking = GetBooking(store: dependencies.ports.store, customerAccess: options.customerAccess)
    }

    // MARK: - Create

    func create(_ exchange: RequestContext, _ caller: Principal?) async throws -> Response {
        let principal = try require(caller)
        guard principal.mayCreate else { throw BookingError.forbidden }
        let body = try JSONBody(of: exchange)
        var faults: [ValidationError] = []
        let request = idempotentRequest(exchange, principal, body, &faults)
        var reader = BodyReader(try body.json(beside: faults))
        let provider: ProviderID? = reader.identifier("provider_id")
        let service: ServiceID? = reader.identifier("service_id")
        let customer = reader.subject("customer_id", isRequired: false)
        if let provider, !principal.mayCreate(with: provider, for: customer) { throw BookingError.forbidden }
        if let request, let earlier = try await writes.earlierAnswer(to: request) { return replay(earlier) }
        let slot = reader.slot(notBefore: dependencies.ports.clock.now())
        reader.finish()
        faults += reader.faults
        guard let provider, let service, let slot, faults.isEmpty else { throw Problem.validation(faults) }
        let wish = CreateBooking.Wish(providerID: provider, serviceID: service, customerID: customer, slot: slot)
        return try await answer(request, exchange) { repeatable in
            let result = try await CreateBooking(writes)(
                wish, by: principal, origin: exchange.origin(of: principal), repeatable: repeatable)
            if case .done = result { dependencies.metrics.bookingCreated() }
            return result
        } render: { booking in
            Self.stored(booking, status: .created, location: "/bookings/\(booking.id)")
        }
    }

    // MARK: - Read

    func get(_ exchange: RequestContext, _ caller: Principal?) async throws -> Response {
        let booking = try await getBooking(try bookingID(exchange), by: try require(caller))
        if let known = exchange.request.headers[.ifNoneMatch], EntityTag.weaklyMatches(known, booking.version) {
            return Response(
                status: .notModified,
                headers: [.eTag: EntityTag.of(booking), .cacheControl: "private, no-cache"])
        }
        return response(Self.stored(booking, status: .ok, location: nil))
    }

    func history(_ exchange: RequestContext, _ caller: Principal?) async throws -> Response {
        let (id, principal) = (try bookingID(exchange), try require(caller))
        var reader = QueryReader(exchange.request.uri.query)
        let limit = reader.integer("limit", in: 1...HistoryCursor.mostEntries) ?? HistoryCursor.mostEntries
        let cursor = reader.text("cursor")
        let context = Array("history of \(id) for \(principal.subject.text)".utf8)
        let place = cursor.flatMap { HistoryCursor.open($0, context: context, by: dependencies.cursorCipher) }
        if cursor != nil, place == nil { reader.fault("cursor", "cursor is not one of this history and caller.") }
        guard reader.faults.isEmpty else { throw Problem.validation(reader.faults) }
        let page = try await getBooking.history(of: id, after: place?.version ?? 0, limit: limit, by: principal)
        let last = page.isCut ? page.entries.last?.booking.version : nil
        let next = last.map { HistoryCursor(version: $0).seal(context: context, by: dependencies.cursorCipher) }
        return jsonResponse(HistoryJSON.write(page, limit: limit, nextCursor: next))
    }

    // MARK: - Act

    func act(_ action: BookingAction) -> Route.Handler {
        { exchange, caller in
            try await act(exchange, caller, named: action.name) { reader in
                reader.finish()
                return action
            }
        }
    }

    func reschedule(_ exchange: RequestContext, _ caller: Principal?) async throws -> Response {
        try await act(exchange, caller, named: .reschedule) { reader in
            let slot = reader.slot(notBefore: dependencies.ports.clock.now())
            reader.finish()
            return slot.map { .reschedule(to: $0) }
        }
    }

    private func act(
        _ exchange: RequestContext, _ caller: Principal?, named name: ActionName,
        parse: (inout BodyReader) -> BookingAction?
    ) async throws -> Response {
        let principal = try require(caller)
        guard principal.actionScope(name, dependencies.options.customerAccess) != nil else {
            throw BookingError.forbidden
        }
        let id = try bookingID(exchange)
        let body = try JSONBody(of: exchange)
        var faults: [ValidationError] = []
        let request = idempotentRequest(exchange, principal, body, &faults)
        var reader = BodyReader(try body.json(empty: .object([]), beside: faults))
        let change = ChangeBooking(writes)
        if let request, let earlier = try await writes.earlierAnswer(to: request) {
            if earlier.status != 404 { _ = try await change.visibleBooking(id, for: name, by: principal) }
            return replay(earlier)
        }
        let action = parse(&reader)
        faults += reader.faults
        guard let action, faults.isEmpty else { throw Problem.validation(faults) }
        let precondition = EntityTag.precondition(exchange.request.headers[values: .ifMatch])
        return try await answer(request, exchange) { repeatable in
            try await change(
                id, action, by: principal, precondition: precondition, origin: exchange.origin(of: principal),
                repeatable: repeatable)
        } render: { booking in
            Self.stored(booking, status: .ok, location: nil)
        }
    }

    // MARK: - Answers

    private func answer(
        _ request: IdempotentRequest?, _ exchange: RequestContext,
        decide: (RepeatableRequest?) async throws -> WriteResult, render: @escaping @Sendable (Booking) -> StoredAnswer
    ) async throws -> Response {
        do {
            switch try await decide(request.map { RepeatableRequest($0, render: render) }) {
            case .done(let booking): return response(render(booking))
            case .replayed(let answer): return replay(answer)
            }
        } catch let error as BookingError {
            if case .slotTaken = error { dependencies.metrics.bookingConflict() }
            guard let request, error.isDecided else { throw error }
            return try await keep(Problem(error), request, exchange)
        }
    }

    /// What was decided on valid input is answered the same way again.
    private func keep(_ problem: Problem, _ request: IdempotentRequest, _ exchange: RequestContext) async throws
        -> Response
    {
        let answer = StoredAnswer(
            status: problem.slug.status.code, contentType: Problem.contentType, etag: nil, location: nil,
            body: problem.json(instance: exchange.path, requestID: exchange.requestID))
        let kept = try await writes.keep(answer, to: request)
        return kept == answer ? response(answer) : replay(kept)
    }

    private static func stored(_ booking: Booking, status: HTTPResponse.Status, location: String?) -> StoredAnswer {
        var writer = JSONWriter()
        writer.booking(booking)
        return StoredAnswer(
            status: status.code, contentType: "application/json", etag: EntityTag.of(booking), location: location,
            body: writer.bytes)
    }

    private func response(_ answer: StoredAnswer) -> Response {
        var headers: HTTPFields = [.contentType: answer.contentType, .cacheControl: "private, no-cache"]
        headers[.eTag] = answer.etag
        headers[.location] = answer.location
        return Response(
            status: .init(code: answer.status), headers: headers,
            body: .init(byteBuffer: ByteBuffer(bytes: answer.body)))
    }

    private func replay(_ answer: StoredAnswer) -> Response {
        var response = response(answer)
        response.headers[HTTPField.Name("Idempotency-Replayed")!] = "true"
        return response
    }

    // MARK: - Requests

    private func bookingID(_ exchange: RequestContext) throws(BookingError) -> BookingID {
        guard let id = BookingID(exchange.parameter) else { throw .notFound }
        return id
    }

    private func idempotentRequest(
        _ exchange: RequestContext, _ principal: Principal, _ body: JSONBody, _ faults: inout [ValidationError]
    ) -> IdempotentRequest? {
        let values = exchange.request.headers[values: HTTPField.Name("Idempotency-Key")!]
        guard let key = values.first else { return nil }
        guard values.count == 1, (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x20...0x7e).contains($0) })
        else {
            faults.append(
                ValidationError(
                    pointer: "/header/idempotency-key",
                    detail: "Idempotency-Key must be given once, with 1 to 255 ASCII characters."))
            return nil
        }
        return IdempotentRequest(
            key: IdempotencyKey(
                subject: principal.subject, method: exchange.request.method.rawValue, path: exchange.path, key: key),
            bodyDigest: body.digest)
    }
}

/// The caller of a route that is open to bearers alone.
func require(_ caller: Principal?) throws(Problem) -> Principal {
    guard let caller else { throw Problem(.internal, "A route without a caller asked for one.") }
    return caller
}

extension BookingError {
    /// Decided on valid input, so that the same request is answered the same way: 404, 409 and 412.
    fileprivate var isDecided: Bool {
        switch self {
        case .notFound, .slotTaken, .illegalTransition, .preconditionFailed: true
        case .forbidden, .requestInProgress, .idempotencyMismatch, .cursorTooOld, .unavailable: false
        }
    }
}
