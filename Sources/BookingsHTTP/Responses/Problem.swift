import Bookings
import HTTPTypes

/// An error as clients see it (RFC 9457).
package struct Problem: Error, Sendable {
    package var slug: Slug
    package var detail: String
    package var faults: [ValidationError] = []
    /// Of `slot-taken`: the first booking in the way, and where one of the wished length fits.
    package var slots: (blocking: TimeSlot, nextFree: TimeSlot)?
    package var headers = HTTPFields()

    package init(_ slug: Slug, _ detail: String) {
        self.slug = slug
        self.detail = detail
    }

    package enum Slug: String, CaseIterable, Sendable {
        case validation
        case unauthorized
        case forbidden
        case notFound = "not-found"
        case slotTaken = "slot-taken"
        case illegalTransition = "illegal-transition"
        case requestInProgress = "request-in-progress"
        case idempotencyMismatch = "idempotency-mismatch"
        case preconditionFailed = "precondition-failed"
        case payloadTooLarge = "payload-too-large"
        case unsupportedMediaType = "unsupported-media-type"
        case methodNotAllowed = "method-not-allowed"
        case rateLimited = "rate-limited"
        case requestTimeout = "request-timeout"
        case targetTooLong = "uri-too-long"
        case headTooLarge = "headers-too-large"
        case notImplemented = "not-implemented"
        case unsupportedVersion = "version-not-supported"
        case gone
        case unavailable
        case `internal`

        package var status: HTTPResponse.Status {
            switch self {
            case .validation: .badRequest
            case .unauthorized: .unauthorized
            case .forbidden: .forbidden
            case .notFound: .notFound
            case .slotTaken, .illegalTransition, .requestInProgress: .conflict
            case .idempotencyMismatch: .unprocessableContent
            case .preconditionFailed: .preconditionFailed
            case .payloadTooLarge: .contentTooLarge
            case .unsupportedMediaType: .unsupportedMediaType
            case .methodNotAllowed: .methodNotAllowed
            case .rateLimited: .tooManyRequests
            case .requestTimeout: .requestTimeout
            case .targetTooLong: .uriTooLong
            case .headTooLarge: .requestHeaderFieldsTooLarge
            case .notImplemented: .notImplemented
            case .unsupportedVersion: .httpVersionNotSupported
            case .gone: .gone
            case .unavailable: .serviceUnavailable
            case .internal: .internalServerError
            }
        }

        var title: String {
            switch self {
            case .validation: "The request is not valid"
            case .unauthorized: "Authentication is required"
            case .forbidden: "Not allowed"
            case .notFound: "Not found"
            case .slotTaken: "The slot is taken"
            case .illegalTransition: "The booking does not allow this"
            case .requestInProgress: "The request is in progress"
            case .idempotencyMismatch: "The idempotency key was used for another request"
            case .preconditionFailed: "The booking has changed"
            case .payloadTooLarge: "The body is too large"
            case .unsupportedMediaType: "The media type is not supported"
            case .methodNotAllowed: "The method is not allowed"
            case .rateLimited: "Too many requests"
            case .requestTimeout: "The request took too long"
            case .targetTooLong: "The request target is too long"
            case .headTooLarge: "The request's head is too large"
            case .notImplemented: "The method is not implemented"
            case .unsupportedVersion: "The HTTP version is not supported"
            case .gone: "No longer available"
            case .unavailable: "Temporarily unavailable"
            case .internal: "Internal error"
            }
        }
    }

    /// How many faults are listed. A body can have one for every five of its bytes.
    static let mostFaults = 20

    static let contentType = "application/problem+json"

    func json(instance: String, requestID: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        if let slots {
            writer.name("blocking")
            writer.slot(slots.blocking)
        }
        writer.name("detail")
        writer.string(detail)
        if !faults.isEmpty {
            writer.name("errors")
            writer.beginArray()
            for fault in faults.prefix(Self.mostFaults) { writer.fault(fault) }
            writer.endArray()
        }
        writer.name("instance")
        writer.string(instance)
        if faults.count > Self.mostFaults {
            writer.name("more_errors")
            writer.integer(faults.count - Self.mostFaults)
        }
        // Behind the last year there is no time to name.
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

/// What is wrong with one place of a request.
package struct ValidationError: Hashable, Sendable {
    /// RFC 6901: `/start_time`; `/query/limit` and `/header/if-match` outside the body.
    package let pointer: String
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

    fileprivate mutating func fault(_ fault: ValidationError) {
        beginObject()
        name("detail")
        string(fault.detail)
        name("pointer")
        string(fault.pointer)
        endObject()
    }
}
