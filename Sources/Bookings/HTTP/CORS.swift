import HTTPTypes
import Hummingbird

/// Cross-origin requests of browsers (the Fetch standard, section 3.2), for the configured origins alone.
struct CORS: Sendable {
    private let origins: Set<String>

    private static let exposed = """
        ETag, Location, Link, X-Request-ID, Retry-After, Idempotency-Replayed, RateLimit, RateLimit-Policy
        """
    private static let requestHeaders = """
        Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-Request-ID
        """

    init(origins: [String]) {
        self.origins = Set(origins.map { $0.lowercased() })
    }

    func allows(_ origin: String) -> Bool { origins.contains(origin.lowercased()) }

    /// The answer to a preflight; nil for every other request.
    func preflight(_ request: Request) -> Response? {
        guard request.method == .options, request.headers[.origin] != nil,
            request.headers[.accessControlRequestMethod] != nil
        else { return nil }
        var headers = HTTPFields()
        headers[.accessControlAllowMethods] = "GET, HEAD, POST"
        headers[.accessControlAllowHeaders] = Self.requestHeaders
        headers[.accessControlMaxAge] = "600"
        return Response(status: .noContent, headers: headers)
    }

    func mark(_ response: inout Response, for request: Request) {
        response.headers.append(HTTPField(name: .vary, value: "Origin"))
        guard let origin = request.headers[.origin], allows(origin) else { return }
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.accessControlAllowCredentials] = "true"
        response.headers[.accessControlExposeHeaders] = Self.exposed
    }
}
