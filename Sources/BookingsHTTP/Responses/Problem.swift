import Bookings
import HTTPTypes
import NIOCore

/// An error as clients receive it: problem details (RFC 9457).
package struct Problem: Error, Sendable {
    static let contentType = "application/problem+json"
    /// The maximum number of errors listed. A body can have one error for every five of its bytes.
    static let maximumErrors = 20

    /// The kind of the problem, which determines its status.
    package let slug: Slug
    /// A sentence about this occurrence of the problem.
    package let detail: String
    var errors: [ValidationError] = []
    /// Only for `slotTaken`: the first conflicting slot, and the earliest free slot of the requested length.
    var slots: (blocking: TimeSlot, nextFree: TimeSlot)?
    /// Header fields of the response in addition to those of every problem.
    var headers = HTTPFields()

    /// Creates a problem without errors or additional header fields.
    package init(_ slug: Slug, _ detail: String) {
        self.slug = slug
        self.detail = detail
    }

    /// - Parameters:
    ///   - instance: The path of the request; empty if the request could not be parsed.
    ///   - requestID: The ID under which the logs contain the request.
    func response(instance: String, requestID: String) -> Response {
        var headers = headers
        headers[.contentType] = Self.contentType
        headers[.cacheControl] = CacheControl.none
        return Response(
            status: slug.status, headers: headers,
            body: .bytes(ByteBuffer(bytes: json(instance: instance, requestID: requestID))))
    }

    /// The members are sorted by name.
    func json(instance: String, requestID: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        if let slots {
            writer.name("blocking")
            writer.slot(slots.blocking)
        }
        writer.name("detail")
        writer.string(detail)
        writer.errors(errors)
        writer.name("instance")
        writer.string(instance)
        if errors.count > Self.maximumErrors {
            writer.name("more_errors")
            writer.integer(errors.count - Self.maximumErrors)
        }
        // A slot after the year 9999 cannot be written as a timestamp.
        if let slots, slots.nextFree.end <= .latest {
            writer.name("next_free")
            writer.slot(slots.nextFree)
        }
        writer.name("request_id")
        writer.string(requestID)
        writer.name("status")
        writer.integer(slug.status.code)
        writer.name("title")
        writer.string(slug.title)
        writer.name("type")
        writer.string("/problems/\(slug.rawValue)")
        writer.endObject()
        return writer.bytes
    }
}

/// An error in one part of a request.
package struct ValidationError: Hashable, Sendable {
    /// A JSON pointer into the body (RFC 6901) such as `/start_time`; `/query/NAME` or `/header/NAME` outside the body.
    package let pointer: String
    /// A sentence about the error.
    package let detail: String
}

extension JSONWriter {
    fileprivate mutating func slot(_ slot: TimeSlot) {
        beginObject()
        name("end_time")
        timestamp(slot.end)
        name("start_time")
        timestamp(slot.start)
        endObject()
    }

    /// Writes the member `errors`, which is absent if there are none.
    fileprivate mutating func errors(_ errors: [ValidationError]) {
        if errors.isEmpty { return }
        name("errors")
        beginArray()
        for error in errors.prefix(Problem.maximumErrors) {
            beginObject()
            name("detail")
            string(error.detail)
            name("pointer")
            string(error.pointer)
            endObject()
        }
        endArray()
    }
}
