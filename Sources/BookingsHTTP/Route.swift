import Bookings
import HTTPTypes

/// Which callers reach the handler of a route. The handler itself checks what their roles permit.
package enum Access: Sendable {
    case everyone
    /// Callers with a valid bearer token that has at least one known role.
    case bearer
}

/// One line of the route table.
package final class Route: Sendable {
    /// Decodes a request, calls a use case and renders its result. Throws a `Problem` or a `BookingError`.
    package typealias Handler = @Sendable (RequestContext) async throws -> Response

    /// GET routes also answer HEAD requests.
    package let method: HTTPRequest.Method
    /// A path such as `/bookings/{id}`, with at most one parameter, which is a whole segment.
    package let template: String
    /// Which callers reach the handler.
    package let access: Access
    /// Returns how the connection receives the body of a request to this route.
    package let intake: @Sendable (HTTPRequest) -> RequestIntake
    /// Answers the requests that passed all middlewares.
    package let handler: Handler

    /// Creates a route for authenticated callers unless `access` says otherwise.
    package init(
        _ method: HTTPRequest.Method, _ template: String, access: Access = .bearer,
        intake: @escaping @Sendable (HTTPRequest) -> RequestIntake = { _ in RequestIntake() },
        handler: @escaping Handler
    ) {
        self.method = method
        self.template = template
        self.access = access
        self.intake = intake
        self.handler = handler
    }

    /// Whether the route is served on connections beyond the connection limit.
    var isProbe: Bool { template.hasPrefix("/health") || template == "/metrics" }

    /// Whether requests to this route may carry an `Idempotency-Key`.
    var acceptsIdempotencyKey: Bool { access == .bearer && method == .post }

    /// The route while the database schema is incomplete: 503 for every caller, unless the route is open to everyone.
    package var unavailable: Route {
        guard access == .bearer else { return self }
        return Route(method, template, access: .everyone, intake: intake) { _ in
            throw BookingError.unavailable(.unavailable("Migrations are pending."))
        }
    }
}
