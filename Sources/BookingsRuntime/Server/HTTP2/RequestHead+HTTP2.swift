import BookingsHTTP
import HTTPTypes

/// Heads of HTTP/2 requests (RFC 9113, 8.3.1).
extension RequestHead {
    /// Checks a head. Throws when the request must not be served.
    init(http2 request: HTTPRequest, limits: ConnectionLimits) throws(ProtocolError) {
        let path = request.path ?? ""
        var size = path.utf8.count
        for field in request.headerFields { size += field.name.rawName.utf8.count + field.value.utf8.count + 32 }
        guard path.utf8.count <= limits.maxTargetBytes else { throw .targetTooLong }
        guard size <= limits.maxHeadBytes, request.headerFields.count <= limits.maxHeaderFields else {
            throw .headTooLarge
        }
        guard path.utf8.first == UInt8(ascii: "/") || path == "*" else {
            throw .badRequest("The pseudo-header field :path must be a path.")
        }
        self.init(
            request: try Self.withAuthority(request),
            expectsContinue: request.headerFields[.expect]?.lowercased() == "100-continue",
            contentLength: request.headerFields[.contentLength].flatMap { Int($0) }, memorySize: size + 512)
    }

    private init(request: HTTPRequest, expectsContinue: Bool, contentLength: Int?, memorySize: Int) {
        self.request = request
        self.expectsContinue = expectsContinue
        self.contentLength = contentLength
        self.memorySize = memorySize
        isHTTP10 = false
        // A stream has one request.
        keepsAlive = false
        upgrade = .none
    }

    /// Moves the header `Host` into `:authority`, as one of both must name the host, and both must agree.
    private static func withAuthority(_ request: HTTPRequest) throws(ProtocolError) -> HTTPRequest {
        var request = request
        let name = HTTPField.Name("Host")!
        let hosts = request.headerFields[values: name] + (request.authority.map { [$0] } ?? [])
        guard let host = hosts.first, Set(hosts).count == 1, request.headerFields[values: name].count <= 1 else {
            throw .badRequest("The host must be given once, by :authority or by the header Host.")
        }
        request.authority = host
        request.headerFields[name] = nil
        return request
    }
}
