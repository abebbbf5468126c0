import Bookings
import HTTPTypes
import HummingbirdCore

/// Cross-origin requests of browsers (the Fetch standard, section 3.2), for the configured origins alone.
package struct CORS: Sendable {
    private let origins: AllowedOrigins

    /// Where clients may send headers of their own.
    package static let socketIOPath = "/socket.io/"

    private static let exposed = """
        ETag, Location, Link, X-Request-ID, Retry-After, Idempotency-Replayed, RateLimit, RateLimit-Policy
        """
    private static let requestHeaders = """
        Authorization, Cache-Control, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, \
        X-Request-ID
        """

    /// `origins`: as `Origin` serialises them; what is none is never let in.
    package init(origins: [String]) {
        self.origins = AllowedOrigins(origins)
    }

    package func allows(_ origin: String) -> Bool { origins.allow(header: origin) }

    /// The answer to a preflight; nil for every other request.
    package func preflight(_ request: Request) -> Response? {
        guard request.method == .options, let origin = request.headers[.origin],
            request.headers[.accessControlRequestMethod] != nil
        else { return nil }
        var headers = HTTPFields()
        headers[.accessControlAllowMethods] = "GET, HEAD, POST"
        headers[.accessControlAllowHeaders] = Self.requestHeaders
        headers[.accessControlMaxAge] = "600"
        if request.uri.path == Self.socketIOPath, allows(origin), let asked = Self.askedHeaders(request) {
            // Clients of Socket.IO may send headers of their own (`extraHeaders`).
            headers[.accessControlAllowHeaders] = asked
            headers.append(HTTPField(name: .vary, value: "Access-Control-Request-Headers"))
        }
        return Response(status: .noContent, headers: headers)
    }

    /// The header names that a preflight asks for, as they came; nil for none, and for what is no list of names.
    private static func askedHeaders(_ request: Request) -> String? {
        guard let text = request.headers[.accessControlRequestHeaders], text.utf8.count <= 1024 else { return nil }
        let names = text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        return names.allSatisfy({ HTTPField.Name(Substring($0).trimmingSpaces) != nil }) ? text : nil
    }

    package func mark(_ response: inout Response, for request: Request) {
        response.headers.append(HTTPField(name: .vary, value: "Origin"))
        guard let origin = request.headers[.origin], allows(origin) else { return }
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.accessControlAllowCredentials] = "true"
        response.headers[.accessControlExposeHeaders] = Self.exposed
    }
}
