import HTTPTypes
import NIOCore

/// A response to a request.
package struct Response: Sendable {
    /// The status; its reason phrase may be empty.
    package var status: HTTPResponse.Status
    /// The header fields, without those that the connection adds (`Date`, `Content-Length`, `Connection`).
    package var headers: HTTPFields
    /// The body.
    package var body: ResponseBody

    /// Creates a response, by default without header fields and with an empty body.
    package init(
        status: HTTPResponse.Status, headers: HTTPFields = [:], body: ResponseBody = .bytes(ByteBuffer())
    ) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The response to HEAD: the same header fields without the body (RFC 9110, section 9.3.2).
    var withoutBody: Response {
        var response = self
        if case .bytes(let bytes) = body { response.headers[.contentLength] = String(bytes.readableBytes) }
        response.body = .bytes(ByteBuffer())
        return response
    }
}

/// The body of a response.
package enum ResponseBody: Sendable {
    /// Bytes that are in memory.
    case bytes(ByteBuffer)
    /// A body of unknown length. It ends when the closure returns; an error shows the client that it is not complete.
    case stream(@Sendable (any ResponseBodyWriter) async throws -> Void)
}

/// Takes the parts of a streamed body.
package protocol ResponseBodyWriter {
    /// Writes a part; returns when it was passed to the system. Throws when the connection is closed.
    func write(_ bytes: ByteBuffer) async throws
}
