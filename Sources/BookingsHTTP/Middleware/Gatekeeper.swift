import Bookings
import HTTPTypes

/// Lets callers in who bear a good token, and no more often than they may.
struct Gatekeeper: Sendable {
    static let leeway = Duration.seconds(30)

    let verifier: any TokenVerifier
    let limiter: any RateLimiter
    let limit: RateLimit?
    let clock: any WallClock

    /// `limits`: what the answer says of the rate limit, also when it is a problem.
    func admit(_ exchange: RequestContext, limits: inout HTTPFields) async throws(Problem) -> Principal {
        let principal: Principal
        let token = try Self.bearerToken(exchange)
        do throws(TokenError) {
            principal = try await verifier.verify(token, leeway: Self.leeway)
        } catch {
            if case .noRoles(let subject) = error { try await count(subject, &limits) }
            throw Self.problem(of: error)
        }
        try await count(principal.subject, &limits)
        return principal
    }

    /// The token of the Authorization header (RFC 6750, section 2.1): no query, no cookie.
    private static func bearerToken(_ exchange: RequestContext) throws(Problem) -> String {
        guard let header = try exchange.header(.authorization) else {
            throw unauthorized("A bearer token is required.", challenge: "Bearer realm=\"bookings\"")
        }
        // Looks at bytes: it runs for every request.
        let text = header.utf8.drop { $0 == UInt8(ascii: " ") }
        let scheme = text.prefix { $0 != UInt8(ascii: " ") }
        guard scheme.elementsEqual("bearer".utf8, by: { $0 | 0x20 == $1 }) else {
            throw unauthorized("A bearer token is required.", challenge: "Bearer realm=\"bookings\"")
        }
        let token = Substring(text[scheme.endIndex...]).trimmingSpaces
        if token.isEmpty { throw problem(of: .invalid("The token is missing.")) }
        return token
    }

    /// Streams have no leeway.
    static let expired = problem(of: .invalid("The token has expired."))

    private static func problem(of fault: TokenError) -> Problem {
        switch fault {
        case .noRoles: Problem(.forbidden, "None of the token's roles counts here.")
        case .keysUnavailable: keysUnavailable
        case .invalid(let reason):
            unauthorized(reason, challenge: "Bearer realm=\"bookings\", error=\"invalid_token\"")
        }
    }

    private static let keysUnavailable: Problem = {
        var problem = Problem(.unavailable, "The keys for tokens cannot be read; try again.")
        problem.headers[.retryAfter] = "10"
        return problem
    }()

    private static func unauthorized(_ detail: String, challenge: String) -> Problem {
        var problem = Problem(.unauthorized, detail)
        problem.headers[.wwwAuthenticate] = challenge
        return problem
    }

    private func count(_ subject: Subject, _ limits: inout HTTPFields) async throws(Problem) {
        guard let limit else { return }
        let now = clock.now()
        let usage = await limiter.count(subject, limit, at: now)
        let seconds = (max(0, now.duration(to: usage.windowEnds).wholeMilliseconds) + 999) / 1000
        let window = limit.window.wholeMilliseconds / 1000
        limits[Self.policyField] = "\"default\";q=\(limit.requests);w=\(window)"
        limits[Self.limitField] = "\"default\";r=\(max(0, limit.requests - usage.used));t=\(seconds)"
        guard usage.used > limit.requests else { return }
        var problem = Problem(.rateLimited, "More than \(limit.requests) requests in \(window) seconds.")
        problem.headers[.retryAfter] = "\(max(1, seconds))"
        throw problem
    }

    private static let policyField = HTTPField.Name("RateLimit-Policy")!
    private static let limitField = HTTPField.Name("RateLimit")!
}
