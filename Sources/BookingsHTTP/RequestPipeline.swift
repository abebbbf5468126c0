import Bookings
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import Synchronization

/// Takes every request from its id through route, authentication and rate limit to its handler; every error becomes a
/// problem.
package struct RequestPipeline: RequestResponder {
    private let dependencies: HTTPDependencies
    private let routes: RouteTable
    private let cors: CORS
    private let gatekeeper: Gatekeeper
    private let requestIDs: RequestIDs

    /// `more`: routes of other rooms, beside the table of contents.
    package init(_ dependencies: HTTPDependencies, with more: [Route] = []) {
        self.init(dependencies, routes: tableOfContents(dependencies) + more)
    }

    package init(_ dependencies: HTTPDependencies, routes: [Route]) {
        self.dependencies = dependencies
        self.routes = RouteTable(routes)
        requestIDs = RequestIDs(from: dependencies.ports.identifiers)
        cors = CORS(origins: dependencies.options.frontendOrigins)
        gatekeeper = Gatekeeper(
            verifier: dependencies.ports.verifier, limiter: dependencies.ports.rateLimiter,
            limit: dependencies.options.rateLimit,
            clock: dependencies.ports.clock)
    }

    package func intake(of head: HTTPRequest) -> RequestIntake {
        guard case .found(let route, _) = routes.find(head.method, RequestPath.path(of: head)) else {
            return RequestIntake()
        }
        return route.intake(head)
    }

    /// Every request has an answer: what is thrown on the way became a problem.
    package func respond(to incoming: IncomingRequest) async -> Response {
        dependencies.inFlightWork.begin(.request)
        defer { dependencies.inFlightWork.end(.request) }
        let started = ContinuousClock.now
        let request = Request(head: incoming.head, body: .init(buffer: ByteBuffer()))
        let requestID = requestIDs.id(of: request)
        var (template, response) = await answer(incoming, request, requestID: requestID)
        response.headers[RequestIDs.field] = requestID
        cors.mark(&response, for: request)
        if request.method == .head { response = response.createHeadResponse() }
        dependencies.metrics.recordRequest(
            method: Self.known(request.method), route: template, status: response.status.code,
            duration: ContinuousClock.now - started)
        return response
    }

    package func response(to error: ProtocolError) -> Response {
        let problem = error.problem
        let requestID = requestIDs.make()
        var response = response(to: problem, "", requestID)
        response.headers[RequestIDs.field] = requestID
        dependencies.metrics.recordRequest(
            method: "other", route: "unknown", status: problem.slug.status.code, duration: .zero)
        response.headers[.vary] = "Origin"
        return response
    }

    private func answer(
        _ incoming: IncomingRequest, _ request: Request, requestID: String
    ) async -> (template: String, response: Response) {
        if let preflight = cors.preflight(request) { return ("preflight", preflight) }
        let path = RequestPath.path(of: incoming.head)
        switch routes.find(request.method, path) {
        case .unknown:
            return ("unknown", response(to: Problem(.notFound, "There is nothing at this path."), path, requestID))
        case .otherMethod(let template, let allow):
            var problem = Problem(.methodNotAllowed, "This path takes \(allow.joined(separator: ", ")).")
            problem.headers[.allow] = allow.joined(separator: ", ")
            return (template, response(to: problem, path, requestID))
        case .found(let route, _) where incoming.isBeyondLimit && !route.isProbe:
            return (route.template, response(to: Self.tooManyConnections, path, requestID))
        case .found(let route, let parameter):
            let exchange = RequestContext(
                request: request, body: incoming.body, remoteAddress: incoming.remoteAddress, requestID: requestID,
                path: path, parameter: parameter)
            return (route.template, await handled(exchange, by: route))
        }
    }

    private static let tooManyConnections: Problem = {
        var problem = Problem(.unavailable, "Too many connections are open; try again.")
        problem.headers[.retryAfter] = "1"
        return problem
    }()

    private func handled(_ exchange: RequestContext, by route: Route) async -> Response {
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

    private func problem(of error: any Error, _ exchange: RequestContext) -> Problem {
        if let problem = error as? Problem { return problem }
        if let error = error as? BookingError {
            if case .unavailable(let cause) = error { log(cause, exchange) }
            return Problem(error)
        }
        log(error, exchange)
        return Problem(.internal, "Something went wrong here; the request id finds it in the logs.")
    }

    private func log(_ cause: any Error, _ exchange: RequestContext) {
        dependencies.logger.error(
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

extension HTTPFields {
    fileprivate mutating func append(contentsOf fields: HTTPFields) {
        for field in fields { append(field) }
    }
}
