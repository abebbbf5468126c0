import HTTPTypes

/// Rejects requests that match no route.
struct Routing: Sendable {
    /// Returns the route of the request. Throws 404, and 405 with the allowed methods.
    func route(of context: borrowing RequestContext) throws(Problem) -> Route {
        switch context.match {
        case .route(let route, _): return route
        case .notFound: throw Problem(.notFound, "No resource exists at this path.")
        case .methodNotAllowed(_, let allowedMethods):
            let methods = allowedMethods.joined(separator: ", ")
            var problem = Problem(.methodNotAllowed, "The allowed methods for this path are \(methods).")
            problem.headers[.allow] = methods
            throw problem
        }
    }
}

/// Serves only probes and metrics on the few connections that are accepted beyond the connection limit.
struct ConnectionLimit: Sendable {
    private static let tooManyConnections: Problem = {
        var problem = Problem(.unavailable, "Too many connections are open; try again.")
        problem.headers[.retryAfter] = "1"
        return problem
    }()

    func check(_ context: borrowing RequestContext, _ route: Route) throws(Problem) {
        if context.isBeyondConnectionLimit, !route.isProbe { throw Self.tooManyConnections }
    }
}
