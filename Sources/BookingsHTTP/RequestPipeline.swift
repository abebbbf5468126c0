import Bookings
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore

/// Answers every request: finds its route and passes it through the middlewares to the handler of the route.
package struct RequestPipeline: RequestResponder {
    private let routes: RouteTable
    private let chain: any Middleware
    private let requestIDs: RequestIDs
    private let metrics: ServiceMetrics

    /// - Parameters:
    ///   - routes: The routes of all interfaces that share the listening socket.
    ///   - rateLimiting: Counts the requests of authenticated callers.
    ///   - writes: Stores the responses to requests with an idempotency key.
    package init(
        routes: [Route], verifier: any TokenVerifier, rateLimiting: RateLimiting, writes: BookingWrites,
        frontendOrigins: [String], identifiers: any IdentifierSource, metrics: ServiceMetrics,
        inFlightWork: InFlightWork, logger: Logger
    ) {
        let requestIDs = RequestIDs(identifiers)
        self.routes = RouteTable(routes)
        self.requestIDs = requestIDs
        self.metrics = metrics
        // The order in which a request passes. A response passes in the opposite order.
        chain = MiddlewareChain.compose {
            RequestTracking(inFlightWork)
            RequestMetrics(metrics)
            HeadResponses()
            ResponseFields()
            RequestIdentification(requestIDs)
            CORS(origins: frontendOrigins)
            ProblemResponses(logger)
            Routing()
            ConnectionLimit()
            Authentication(verifier)
            rateLimiting
            RoleRequirement()
            Idempotency(writes)
        }
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
    package func respond(to incoming: IncomingRequest) async -> Response {
        var context = RequestContext(incoming, incoming.target ?? target(of: incoming.head))
        do {
            return try await chain.respond(to: &context) { context in
                guard let handler = context.route?.handler else { throw Problem(.notFound, "") }
                return try await handler(context)
            }
        } catch {
            preconditionFailure("ProblemResponses handles every error: \(error)")
        }
    }

    private func target(of head: HTTPRequest) -> RequestTarget {
        let path = RequestPath.path(of: head)
        return RequestTarget(path: path, match: routes.match(head.method, path))
    }

    /// Returns the problem of bytes that are not a valid request. They pass no middleware, because there is no request.
    package func response(to error: ProtocolError) -> Response {
        let problem = error.problem
        let requestID = requestIDs.generate()
        var response = problem.response(instance: "", requestID: requestID)
        response.headers[RequestIDs.field] = requestID
        response.headers[.vary] = "Origin"
        metrics.recordRequest(
            method: "other", route: RequestContext.unknownRoute, status: response.status.code, duration: .zero)
        return response
    }
}
