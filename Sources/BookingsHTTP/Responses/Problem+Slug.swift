import HTTPTypes

extension Problem {
    /// The kinds of problems. The raw value is the last segment of the problem's `type`.
    package enum Slug: String, CaseIterable, Sendable {
        case validation
        case unauthorized
        case forbidden
        case notFound = "not-found"
        case slotTaken = "slot-taken"
        case illegalTransition = "illegal-transition"
        case tooManyWebhooks = "too-many-webhooks"
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

        /// The status of responses with a problem of this kind.
        package var status: HTTPResponse.Status {
            switch self {
            case .validation: .badRequest
            case .unauthorized: .unauthorized
            case .forbidden: .forbidden
            case .notFound: .notFound
            case .slotTaken, .illegalTransition, .tooManyWebhooks, .requestInProgress: .conflict
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

        /// A summary that is the same for every problem of this kind.
        package var title: String {
            switch self {
            case .validation: "Invalid request"
            case .unauthorized: "Authentication required"
            case .forbidden: "Forbidden"
            case .notFound: "Not found"
            case .slotTaken: "Time slot taken"
            case .illegalTransition: "Action not allowed for this booking"
            case .tooManyWebhooks: "Too many webhooks"
            case .requestInProgress: "Request in progress"
            case .idempotencyMismatch: "Idempotency key used for another request"
            case .preconditionFailed: "Booking has changed"
            case .payloadTooLarge: "Body too large"
            case .unsupportedMediaType: "Unsupported media type"
            case .methodNotAllowed: "Method not allowed"
            case .rateLimited: "Too many requests"
            case .requestTimeout: "Request timeout"
            case .targetTooLong: "Request target too long"
            case .headTooLarge: "Request head too large"
            case .notImplemented: "Method not implemented"
            case .unsupportedVersion: "HTTP version not supported"
            case .gone: "No longer available"
            case .unavailable: "Temporarily unavailable"
            case .internal: "Internal error"
            }
        }
    }
}
