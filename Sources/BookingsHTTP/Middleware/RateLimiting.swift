import Bookings
import HTTPTypes

/// Counts the requests of each authenticated subject and rejects those beyond the limit.
///
/// Every response to a counted request carries the state of the limit (draft-ietf-httpapi-ratelimit-headers).
package struct RateLimiting: Sendable {
    private static let policyField = HTTPField.Name("RateLimit-Policy")!
    private static let limitField = HTTPField.Name("RateLimit")!

    private let limiter: any RateLimiter
    private let limit: RateLimit?
    private let clock: any WallClock

    /// `limit`: `nil` if requests are not limited.
    package init(_ limiter: any RateLimiter, limit: RateLimit?, clock: any WallClock) {
        self.limiter = limiter
        self.limit = limit
        self.clock = clock
    }

    /// Counts a request of an authenticated caller and sets the fields that report the limit. Throws 429 beyond the
    /// limit.
    func count(_ context: inout RequestContext) async throws(Problem) {
        guard let limit, let subject = context.caller.subject else { return }
        let now = clock.now()
        let usage = await limiter.count(subject, limit, at: now)
        let remaining = max(0, limit.requests - usage.used)
        let window = limit.window.wholeMilliseconds / 1000
        let secondsLeft = (max(0, now.duration(to: usage.windowEnds).wholeMilliseconds) + 999) / 1000
        context.rateLimitFields.append(
            HTTPField(name: Self.policyField, value: "\"default\";q=\(limit.requests);w=\(window)"))
        context.rateLimitFields.append(
            HTTPField(name: Self.limitField, value: "\"default\";r=\(remaining);t=\(secondsLeft)"))
        guard usage.used > limit.requests else { return }
        var problem = Problem(
            .rateLimited, "The limit of \(limit.requests) requests in \(window) seconds is exceeded.")
        problem.headers[.retryAfter] = "\(max(1, secondsLeft))"
        throw problem
    }

    /// Every response to a counted request reports the limit.
    func mark(_ response: inout Response, _ context: borrowing RequestContext) {
        for field in context.rateLimitFields { response.headers.append(field) }
    }
}
