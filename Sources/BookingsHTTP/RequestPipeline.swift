import Bookings
import HTTPTypes
import Logging
import NIOCore
import Tracing

/// Answers every request: finds its route and passes it through the middlewares to the handler of the route.
///
/// `respond` and `answer` list the middlewares in their order.
package struct RequestPipeline: RequestResponder {
    private let routes: RouteTable
    private let inFlightWork: InFlightWork
    private let requestIDs: RequestIDs
    private let metrics: ServiceMetrics

    private let requestMetrics: RequestMetrics
    private let requestLog: RequestLog?
    private let requestTracing: RequestTracing?
    private let requestIdentification: RequestIdentification
    private let cors: CORS
    private let problemResponses: ProblemResponses
    private let routing = Routing()
    private let connectionLimit = ConnectionLimit()
    private let authentication: Authentication
    private let rateLimiting: RateLimiting
    private let roleRequirement = RoleRequirement()
    private let idempotency: Idempotency

    /// - Parameters:
    ///   - routes: The routes of all interfaces that share the listening socket.
    ///   - rateLimiting: Counts the requests of authenticated callers.
    ///   - writes: Stores the responses to requests with an idempotency key.
    ///   - requestLog: `nil` if requests are not logged.
    ///   - requestTracing: `nil` if no tracer is bootstrapped.
    package init(
        routes: [Route], verifier: any TokenVerifier, rateLimiting: RateLimiting, writes: BookingWrites,
        frontendOrigins: [String], identifiers: any IdentifierSource, metrics: ServiceMetrics,
        inFlightWork: InFlightWork, requestLog: RequestLog?,
        requestTracing: RequestTracing?, logger: Logger
    ) {
        self.routes = RouteTable(routes)
        self.inFlightWork = inFlightWork
        self.metrics = metrics
        requestIDs = RequestIDs(identifiers)
        requestMetrics = RequestMetrics(metrics)
        self.requestLog = requestLog
        self.requestTracing = requestTracing
        requestIdentification = RequestIdentification(requestIDs)
        cors = CORS(origins: frontendOrigins)
        problemResponses = ProblemResponses(logger)
        authentication = Authentication(verifier)
        self.rateLimiting = rateLimiting
        idempotency = Idempotency(writes)
    }

    /// Returns how the body of a request is received. A request that matches no route has the default intake.
    package func intake(of head: HTTPRequest) -> RequestIntake {
        let target = target(of: head)
        var intake = RequestIntake()
        if case .route(let route, _) = target.match { intake = route.intake(head) }
        intake.target = target
        return intake
    }

    /// Every request has a response: errors are turned into problem details.
    ///
    /// The steps around `answer` see every response. They are plain calls and not closures around each other: a chain of
    /// thirteen asynchronous closures cost more than everything else in the smallest route.
    package func respond(to incoming: IncomingRequest) async -> Response {
        inFlightWork.begin(.request)
        defer { inFlightWork.end(.request) }
        let start = ContinuousClock.now
        var context = RequestContext(incoming, incoming.target ?? target(of: incoming.head))
        requestIdentification.identify(&context)
        let span = requestTracing?.begin(&context)
        var response: Response
        do {
            if let span {
                response = try await ServiceContext.withValue(span.context) { try await answer(&context) }
            } else {
                response = try await answer(&context)
            }
        } catch {
            response = problemResponses.response(to: error, context)
        }
        requestIdentification.mark(&response, context)
        cors.mark(&response, context.request)
        rateLimiting.mark(&response, context)
        // The response to HEAD has no body (RFC 9110, section 9.3.2).
        if context.request.method == .head { response = response.withoutBody }
        let duration = ContinuousClock.now - start
        requestMetrics.record(context, response, duration: duration)
        requestLog?.record(context, response, duration: duration)
        if let span { requestTracing?.end(span, response, context) }
        return response
    }

    /// The order in which a request passes. A step that throws ends the request with a problem.
    private func answer(_ context: inout RequestContext) async throws -> Response {
        if let preflight = cors.preflight(context.request) {
            context.isPreflight = true
            return preflight
        }
        let route = try routing.route(of: context)
        try connectionLimit.check(context, route)
        if route.access == .bearer {
            context.caller = try await authentication.caller(of: context)
            try await rateLimiting.count(&context)
            try roleRequirement.check(context.caller)
        }
        return try await idempotency.respond(to: &context, route)
    }

    private func target(of head: HTTPRequest) -> RequestTarget {
        let path = RequestPath.path(of: head)
        return RequestTarget(path: path, match: routes.match(head.method, path))
    }

    /// Returns the problem of bytes that are not a valid request. They pass no middleware, because there is no request.
    package func response(to error: ProtocolError) -> Response {
        let problem = error.problem
        let requestID = requestIDs.generate().text
        var response = problem.response(instance: "", requestID: requestID)
        response.headers[RequestIDs.field] = requestID
        response.headers[.vary] = "Origin"
        metrics.recordRequest(
            method: "other", route: RequestContext.unknownRoute, status: response.status.code, duration: .zero)
        requestLog?.record(response, requestID: requestID)
        return response
    }
}
