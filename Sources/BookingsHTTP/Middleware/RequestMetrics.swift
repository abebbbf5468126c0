import Bookings
import HTTPTypes
import HummingbirdCore

/// Keeps account of the requests that are being answered, so that a shutdown can wait for them.
struct RequestTracking: Middleware {
    private let inFlightWork: InFlightWork

    init(_ inFlightWork: InFlightWork) {
        self.inFlightWork = inFlightWork
    }

    func respond(to context: inout RequestContext, next: Next) async throws -> Response {
        inFlightWork.begin(.request)
        defer { inFlightWork.end(.request) }
        return try await next(&context)
    }
}

/// Counts and times requests by method, route template and status.
struct RequestMetrics: Middleware {
    private let metrics: ServiceMetrics

    init(_ metrics: ServiceMetrics) {
        self.metrics = metrics
    }

    func respond(to context: inout RequestContext, next: Next) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(&context)
        metrics.recordRequest(
            method: Self.label(of: context.request.method), route: context.routeLabel, status: response.status.code,
            duration: ContinuousClock.now - start)
        return response
    }

    /// Clients can send arbitrary methods; the values of a metric label must be a closed set.
    private static func label(of method: HTTPRequest.Method) -> String {
        switch method {
        case .get, .head, .post, .put, .patch, .delete, .options: method.rawValue
        default: "other"
        }
    }
}
