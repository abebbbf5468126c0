import HTTPTypes
import HummingbirdCore

/// Rejects requests that match no route.
struct Routing: Middleware {
    func respond(to context: inout RequestContext, next: Next) async throws -> Response {
        switch context.match {
        case .route: return try await next(&context)
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
struct ConnectionLimit: Middleware {
    private static let tooManyConnections: Problem = {
        var problem = Problem(.unavailable, "Too many connections are open; try again.")
        problem.headers[.retryAfter] = "1"
        return problem
    }()

    func respond(to context: inout RequestContext, next: Next) async throws -> Response {
        if context.isBeyondConnectionLimit, context.route?.isProbe == false { throw Self.tooManyConnections }
        return try await next(&context)
    }
}
