import Bookings
import HTTPTypes
import NIOCore

/// Reads the `Idempotency-Key` of a write and stores the refusal that the write ended with.
///
/// A successful response is stored by the use case, in the transaction of the write. The handler returns the stored
/// response, because it must check the caller's current rights first, which depend on the body.
struct Idempotency: Sendable {
    private static let field = HTTPField.Name("Idempotency-Key")!

    private let writes: BookingWrites

    init(_ writes: BookingWrites) {
        self.writes = writes
    }

    /// Passes the request on to the handler of its route, and stores the refusal of a write with a key.
    func respond(to context: inout RequestContext, _ route: Route) async throws -> Response {
        guard route.acceptsIdempotencyKey, let value = context.request.headerFields[values: Self.field].first else {
            return try await route.handler(context)
        }
        readKey(value, &context)
        do {
            return try await route.handler(context)
        } catch let error as BookingError where error.isDecision {
            guard let request = context.idempotentRequest else { throw error }
            return try await store(Problem(error), as: request, context)
        } catch let error as WebhookError where error == .notFound || error == .tooMany {
            guard let request = context.idempotentRequest else { throw error }
            return try await store(Problem(error), as: request, context)
        }
    }

    /// Sets the idempotent request of the context, or the error to be reported beside those of the body.
    private func readKey(_ key: String, _ context: inout RequestContext) {
        guard context.request.headerFields[values: Self.field].count == 1, (1...255).contains(key.utf8.count),
            key.utf8.allSatisfy({ (0x20...0x7e).contains($0) })
        else {
            context.idempotencyErrors = [
                ValidationError(
                    pointer: "/header/idempotency-key",
                    detail: "Idempotency-Key must occur once, with 1 to 255 printable ASCII characters.")
            ]
            return
        }
        guard case .complete(let body) = context.body, let subject = context.caller.subject else { return }
        context.idempotentRequest = IdempotentRequest(
            key: IdempotencyKey(
                subject: subject, method: context.request.method.rawValue, path: context.path, key: key),
            bodyDigest: JSONBody.digest(of: body))
    }

    /// Returns the response that counts: the first one stored for the request.
    private func store(
        _ problem: Problem, as request: IdempotentRequest, _ context: RequestContext
    ) async throws(BookingError) -> Response {
        let answer = StoredAnswer(
            status: problem.slug.status.code, contentType: Problem.contentType, etag: nil, location: nil,
            body: problem.json(instance: context.path, requestID: context.requestID))
        let stored = try await writes.keep(answer, to: request)
        return stored.response(isReplay: stored != answer)
    }
}

extension BookingError {
    /// Whether the error was decided on valid input, so that a repeated request gets the same response: 404, 409, 412.
    fileprivate var isDecision: Bool {
        switch self {
        case .notFound, .slotTaken, .illegalTransition, .preconditionFailed: true
        case .forbidden, .requestInProgress, .idempotencyMismatch, .cursorTooOld, .unavailable: false
        }
    }
}
