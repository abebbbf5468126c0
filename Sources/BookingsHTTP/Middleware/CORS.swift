import Bookings
import HTTPTypes

/// Lets pages of the configured origins send requests (CORS; Fetch standard, section 3.2).
package struct CORS: Sendable {
    /// The path on which clients may send additional headers.
    package static let socketIOPath = "/socket.io/"

    private static let vary = HTTPField(name: .vary, value: "Origin")
    private static let exposedHeaders = """
        ETag, Location, Link, X-Request-ID, Retry-After, Idempotency-Replayed, RateLimit, RateLimit-Policy
        """
    private static let allowedHeaders = """
        Authorization, Cache-Control, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, \
        X-Request-ID
        """
    private static let maximumHeaderListLength = 1024

    private let origins: AllowedOrigins

    /// Strings in `origins` that are no valid origins allow nothing.
    package init(origins: [String]) {
        self.origins = AllowedOrigins(origins)
    }

    /// Tells the browser whether the page may read the response.
    func mark(_ response: inout Response, _ request: HTTPRequest) {
        response.headers.append(Self.vary)
        guard let origin = request.headerFields[.origin], origins.allow(header: origin) else { return }
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.accessControlAllowCredentials] = "true"
        response.headers[.accessControlExposeHeaders] = Self.exposedHeaders
    }

    /// Returns the response to a preflight request; `nil` for any other request.
    func preflight(_ request: HTTPRequest) -> Response? {
        guard request.method == .options, let origin = request.headerFields[.origin],
            request.headerFields[.accessControlRequestMethod] != nil
        else { return nil }
        var headers = HTTPFields()
        headers[.accessControlAllowMethods] = "GET, HEAD, POST, PATCH, DELETE"
        headers[.accessControlAllowHeaders] = Self.allowedHeaders
        headers[.accessControlMaxAge] = "600"
        if RequestPath.path(of: request) == Self.socketIOPath, origins.allow(header: origin),
            let names = Self.requestedHeaders(request)
        {
            // Socket.IO clients may send arbitrary headers (`extraHeaders`).
            headers[.accessControlAllowHeaders] = names
            headers.append(HTTPField(name: .vary, value: "Access-Control-Request-Headers"))
        }
        return Response(status: .noContent, headers: headers)
    }

    /// The header names that a preflight asks for, as they were sent; `nil` unless they are a valid list.
    private static func requestedHeaders(_ request: HTTPRequest) -> String? {
        guard let list = request.headerFields[.accessControlRequestHeaders], list.utf8.count <= maximumHeaderListLength
        else { return nil }
        let names = list.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        return names.allSatisfy({ HTTPField.Name(Substring($0).trimmingSpaces) != nil }) ? list : nil
    }
}
