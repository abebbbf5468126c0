import Bookings
import HTTPTypes
import NIOCore

/// Who sent a request.
package enum Caller: Sendable {
    /// The route does not require a token, or the token has not been verified yet.
    case anonymous
    /// The token is valid, but has no role of this service.
    case withoutRoles(Subject)
    case authenticated(Principal)

    /// The subject of the token; `nil` for an anonymous caller.
    var subject: Subject? {
        switch self {
        case .anonymous: nil
        case .withoutRoles(let subject): subject
        case .authenticated(let principal): principal.subject
        }
    }
}

/// A request together with what the middlewares have found out about it.
package struct RequestContext: Sendable {
    /// The metric label of requests that match no route.
    static let unknownRoute = "unknown"

    /// The head of the request. The body is in `body`.
    package let request: HTTPRequest
    /// The complete body, or that it was too large.
    package let body: GatheredBody
    /// The peer's IP address; `nil` where there is none (tests, Unix sockets).
    package let remoteAddress: String?
    /// Whether the connection is beyond the connection limit, so that only probes are served.
    let isBeyondConnectionLimit: Bool
    /// The path without the query; escapes of unreserved characters are decoded (RFC 3986, section 6.2.2.2).
    package var path: String { target.path }
    var match: RouteTable.Match { target.match }
    private let target: RequestTarget
    /// Empty until `RequestIdentification` has run.
    package internal(set) var requestID = ""
    /// The place of the request in a distributed trace. All zero until `RequestIdentification` has run.
    package internal(set) var trace = TraceContext(traceID: RandomBits(high: 0, low: 0), parentID: 0, flags: 0)
    /// Whether somebody follows the trace: it is the client's, or is recorded here. Events keep it then.
    var isTraceFollowed = false
    /// Set by `Authentication` for routes that require a token.
    package internal(set) var caller = Caller.anonymous
    /// The header fields that report the rate limit, set by `RateLimiting`.
    var rateLimitFields = HTTPFields()
    /// Set for a write with a valid `Idempotency-Key`.
    var idempotentRequest: IdempotentRequest?
    /// The errors of the `Idempotency-Key` header, to be reported together with those of the body.
    var idempotencyErrors: [ValidationError] = []
    /// Whether the request was answered as a CORS preflight, which concerns no route.
    var isPreflight = false

    init(_ incoming: IncomingRequest, _ target: RequestTarget) {
        request = incoming.head
        body = incoming.body
        remoteAddress = incoming.remoteAddress
        isBeyondConnectionLimit = incoming.isBeyondLimit
        self.target = target
    }

    /// The route of the request; `nil` if none matches.
    var route: Route? {
        if case .route(let route, _) = match { route } else { nil }
    }

    /// The query without its question mark; `nil` if the target has none.
    var query: String? { RequestPath.query(of: request) }

    /// The value of the template's parameter; empty if it has none.
    var parameter: String {
        if case .route(_, let parameter) = match { parameter } else { "" }
    }

    /// The value of the metric label `route`.
    var routeLabel: String {
        if isPreflight { return "preflight" }
        return switch match {
        case .route(let route, _): route.template
        case .methodNotAllowed(let template, _): template
        case .notFound: Self.unknownRoute
        }
    }

    /// Returns the authenticated caller of a route with `Access.bearer`.
    func principal() throws(Problem) -> Principal {
        guard case .authenticated(let principal) = caller else {
            throw Problem(.internal, "The route does not authenticate its callers.")
        }
        return principal
    }

    /// Returns the value of a header that must occur at most once; `nil` if it is absent.
    func header(_ name: HTTPField.Name) throws(Problem) -> String? {
        let values = request.headerFields[values: name]
        guard values.count <= 1 else {
            throw .validation("/header/\(name.canonicalName)", "The header \(name.canonicalName) must occur once.")
        }
        return values.first
    }

    /// Who changes a booking by this request, for its history.
    func origin(of principal: Principal) -> RequestOrigin {
        RequestOrigin(
            subject: principal.subject, roles: principal.roles.sorted(), requestID: requestID,
            trace: isTraceFollowed ? trace : nil)
    }
}
