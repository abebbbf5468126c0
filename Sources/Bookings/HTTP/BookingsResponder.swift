import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// Takes every request through the house: id, route, caller, limit, handler; every error becomes a problem.
public struct BookingsResponder: HTTPResponder {
    public typealias Context = BookingsRequestContext

    private let house: HTTPDependencies
    private let routes: RouteTable
    private let cors: CORS
    private let gatekeeper: Gatekeeper
    private let requestIDs: RequestIDs
    private let date: DateField

    /// `more`: routes of other rooms, beside the table of contents.
    init(_ house: HTTPDependencies, with more: [Route] = []) {
        self.init(house, routes: tableOfContents(house) + more)
    }

    init(_ house: HTTPDependencies, routes: [Route]) {
        self.house = house
        self.routes = RouteTable(routes)
        requestIDs = RequestIDs(from: house.ports.identifiers)
        date = DateField(clock: house.ports.clock)
        cors = CORS(origins: house.configuration.frontendOrigins)
        gatekeeper = Gatekeeper(
            verifier: house.ports.verifier, limiter: house.ports.rateLimiter, limit: house.configuration.rateLimit,
            clock: house.ports.clock)
    }

    public func respond(to request: Request, context: Context) async throws -> Response {
        await respond(to: request)
    }

    /// Every request has an answer: what is thrown on the way became a problem.
    func respond(to request: Request) async -> Response {
        house.ledger.enter(.request)
        defer { house.ledger.leave(.request) }
        let started = ContinuousClock.now
        let requestID = requestIDs.id(of: request)
        let path = request.uri.path
        var (template, response) = await answer(request, requestID: requestID, path: path)
        response.headers[RequestIDs.field] = requestID
        cors.mark(&response, for: request)
        // The connection ends behind this answer: clients are not to send another request on it.
        if request.headers[.connection]?.lowercased() == "close" { response.headers[.connection] = "close" }
        if request.method == .head { response = response.createHeadResponse() }
        house.metrics.recordRequest(
            method: Self.known(request.method), route: template, status: response.status.code,
            duration: ContinuousClock.now - started)
        return response
    }

    private func answer(
        _ request: Request, requestID: String, path: String
    ) async -> (template: String, response: Response) {
        if let preflight = cors.preflight(request) { return ("preflight", preflight) }
        switch routes.find(request.method, path) {
        case .unknown:
            return ("unknown", response(to: Problem(.notFound, "There is nothing at this path."), path, requestID))
        case .otherMethod(let template, let allow):
            var problem = Problem(.methodNotAllowed, "This path takes \(allow.joined(separator: ", ")).")
            problem.headers[.allow] = allow.joined(separator: ", ")
            return (template, response(to: problem, path, requestID))
        case .found(let route, let parameter):
            let exchange = Exchange(request: request, requestID: requestID, path: path, parameter: parameter)
            return (route.template, await handled(exchange, by: route))
        }
    }

    private func handled(_ exchange: Exchange, by route: Route) async -> Response {
        var limits = HTTPFields()
        do {
            var principal: Principal?
            if route.access == .bearer {
                principal = try await gatekeeper.admit(exchange, limits: &limits)
            }
            var response = try await route.handler(exchange, principal)
            response.headers.append(contentsOf: limits)
            return response
        } catch {
            var response = response(to: problem(of: error, exchange), exchange.path, exchange.requestID)
            response.headers.append(contentsOf: limits)
            return response
        }
    }

    private func problem(of error: any Error, _ exchange: Exchange) -> Problem {
        if let problem = error as? Problem { return problem }
        if let error = error as? BookingError {
            if case .unavailable(let cause) = error { log(cause, exchange) }
            return Problem(error)
        }
        log(error, exchange)
        return Problem(.internal, "Something went wrong here; the request id finds it in the logs.")
    }

    private func log(_ cause: any Error, _ exchange: Exchange) {
        house.logger.error(
            "A request failed.", metadata: ["request_id": "\(exchange.requestID)", "error": "\(cause)"])
    }

    private func response(to problem: Problem, _ path: String, _ requestID: String) -> Response {
        var headers = problem.headers
        headers[.contentType] = Problem.contentType
        headers[.cacheControl] = "no-store"
        return Response(
            status: problem.slug.status, headers: headers,
            body: .init(byteBuffer: ByteBuffer(bytes: problem.json(instance: path, requestID: requestID))))
    }

    /// Methods are labels of metrics: whatever else a client invents counts as one.
    private static func known(_ method: HTTPRequest.Method) -> String {
        switch method {
        case .get, .head, .post, .put, .patch, .delete, .options: method.rawValue
        default: "other"
        }
    }
}

// MARK: - Whole requests

extension BookingsResponder {
    /// Whether a request's answer is one buffer and comes soon: no stream, no long poll.
    static func answersWhole(_ head: HTTPRequest) -> Bool {
        guard let path = head.path?.utf8 else { return false }
        return path.starts(with: "/bookings".utf8) || path.starts(with: "/health".utf8)
    }

    /// Nil when the answer's body cannot be made.
    func answer(_ head: HTTPRequest, _ body: ByteBuffer) async -> WholeRequests.Answer? {
        var response = await respond(to: Request(head: head, body: .init(buffer: body)))
        response.headers[.date] = date.text
        let whole = WholeBody()
        guard (try? await response.body.write(whole)) != nil else { return nil }
        return WholeRequests.Answer(head: response.head, body: whole.buffer)
    }
}

/// Gathers a body.
private final class WholeBody: ResponseBodyWriter {
    private(set) var buffer = ByteBuffer()

    func write(_ buffer: ByteBuffer) {
        if self.buffer.readableBytes == 0 { self.buffer = buffer } else { self.buffer.writeImmutableBuffer(buffer) }
    }

    func finish(_ trailingHeaders: HTTPFields?) {}
}

/// The `Date` of answers, written once a second.
private final class DateField: Sendable {
    private let clock: any WallClock
    private let written = Mutex((second: Int64.min, text: ""))

    init(clock: any WallClock) { self.clock = clock }

    var text: String {
        let now = clock.now()
        let second = now.milliseconds / 1000
        return written.withLock { written in
            if written.second != second { written = (second, HTTPDate.string(now)) }
            return written.text
        }
    }
}

extension HTTPFields {
    fileprivate mutating func append(contentsOf fields: HTTPFields) {
        for field in fields { append(field) }
    }
}
