import Bookings
import HTTPTypes
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

extension HTTPFields {
    /// The fields of a JSON body that depends on the caller. Made once: each new field is validated.
    static let personalJSON: HTTPFields = [.contentType: "application/json", .cacheControl: CacheControl.personal]
}

extension Response {
    /// A response with a JSON body.
    init(json: [UInt8], status: HTTPResponse.Status = .ok, cacheControl: String = CacheControl.personal) {
        var headers = HTTPFields.personalJSON
        if cacheControl != CacheControl.personal { headers[.cacheControl] = cacheControl }
        self.init(status: status, headers: headers, body: .bytes(ByteBuffer(bytes: json)))
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
