import Bookings
import HTTPTypes
import Logging

/// Logs a line for each request (`LOG_REQUESTS`): which request it was, what it was answered, and how long that took.
///
/// The line has no path, query, header or body, since all of these may hold personal data or secrets: the route is the
/// template, and the subject is replaced by a keyed hash.
package struct RequestLog: Sendable {
    private let logger: Logger
    private let hash: SubjectHash?

    /// - Parameter hash: Replaces subjects; `nil` where no route authenticates its callers.
    package init(_ logger: Logger, hash: SubjectHash?) {
        self.logger = logger
        self.hash = hash
    }

    /// - Parameter duration: From the complete request to the response, or to the beginning of a stream.
    func record(_ context: borrowing RequestContext, _ response: Response, duration: Duration) {
        var metadata: Logger.Metadata = [
            "request_id": "\(context.requestID)", "trace_id": "\(context.trace.traceIDText)",
            "method": "\(RequestMetrics.label(of: context.request.method))", "route": "\(context.routeLabel)",
            "status": .stringConvertible(response.status.code),
            "duration_ms": .stringConvertible(duration.roundedMilliseconds),
        ]
        if let hash, let subject = context.caller.subject { metadata["subject"] = "\(hash(subject))" }
        logger.info("Request.", metadata: metadata)
    }

    /// Logs bytes that were not a valid request.
    func record(_ response: Response, requestID: String) {
        logger.info(
            "Request.",
            metadata: [
                "request_id": "\(requestID)", "method": "other", "route": "\(RequestContext.unknownRoute)",
                "status": .stringConvertible(response.status.code),
            ])
    }
}

extension Duration {
    /// The duration in milliseconds, to the microsecond.
    fileprivate var roundedMilliseconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds * 1_000_000 + attoseconds / 1_000_000_000_000) / 1000
    }
}
