import Bookings
import HTTPTypes

/// Counts and times requests by method, route template and status.
struct RequestMetrics: Sendable {
    private let metrics: ServiceMetrics

    init(_ metrics: ServiceMetrics) {
        self.metrics = metrics
    }

    /// `duration`: since the request was complete.
    func record(_ context: borrowing RequestContext, _ response: Response, duration: Duration) {
        metrics.recordRequest(
            method: Self.label(of: context.request.method), route: context.routeLabel, status: response.status.code,
            duration: duration)
    }

    /// Clients can send arbitrary methods; the values of a metric label must be a closed set.
    static func label(of method: HTTPRequest.Method) -> String {
        switch method {
        case .get, .head, .post, .put, .patch, .delete, .options: method.rawValue
        default: "other"
        }
    }
}
