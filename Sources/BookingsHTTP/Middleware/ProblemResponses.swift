import Bookings
import Logging

/// Turns the errors of the steps inside into problem details (RFC 9457). Causes are logged, never sent.
struct ProblemResponses: Sendable {
    private let logger: Logger

    init(_ logger: Logger) {
        self.logger = logger
    }

    func response(to error: any Error, _ context: RequestContext) -> Response {
        problem(for: error, context).response(instance: context.path, requestID: context.requestID)
    }

    /// Errors that no layer declares are bugs; clients receive 500 without details.
    private func problem(for error: any Error, _ context: RequestContext) -> Problem {
        if let problem = error as? Problem { return problem }
        if let error = error as? BookingError {
            if case .unavailable(let cause) = error { log(cause, context) }
            return Problem(error)
        }
        if let error = error as? WebhookError {
            if case .unavailable(let cause) = error { log(cause, context) }
            return Problem(error)
        }
        log(error, context)
        return Problem(.internal, "An unexpected error occurred. The logs contain the cause under the request ID.")
    }

    /// The request ID connects the log line with the problem that the client received.
    private func log(_ cause: any Error, _ context: RequestContext) {
        logger.error(
            "Request failed.",
            metadata: [
                "request_id": "\(context.requestID)", "trace_id": "\(context.trace.traceIDText)", "error": "\(cause)",
            ])
    }
}
