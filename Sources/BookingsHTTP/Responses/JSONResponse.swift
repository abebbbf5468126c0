import Bookings
import HTTPTypes
import HummingbirdCore
import NIOCore

/// The values of `Cache-Control`.
enum CacheControl {
    /// For responses that depend on the caller; clients revalidate them by their entity tag.
    static let personal = "private, no-cache"
    /// For documents that are the same for everyone.
    static let revalidated = "no-cache"
    /// For tokens, probes, metrics and problems.
    static let none = "no-store"
}

extension Response {
    /// A response with a JSON body.
    init(json: [UInt8], status: HTTPResponse.Status = .ok, cacheControl: String = CacheControl.personal) {
        self.init(
            status: status, headers: [.contentType: "application/json", .cacheControl: cacheControl],
            body: .init(byteBuffer: ByteBuffer(bytes: json)))
    }

    /// A response whose JSON body is an object that `members` writes.
    init(
        status: HTTPResponse.Status = .ok, cacheControl: String = CacheControl.personal,
        members: (inout JSONWriter) -> Void
    ) {
        var writer = JSONWriter()
        writer.beginObject()
        members(&writer)
        writer.endObject()
        self.init(json: writer.bytes, status: status, cacheControl: cacheControl)
    }
}
