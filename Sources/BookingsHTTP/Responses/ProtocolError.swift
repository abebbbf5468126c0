import Bookings
import NIOHTTP1

/// Why a connection's bytes cannot be served as a request. Each is answered by a problem, then the connection closes.
package enum ProtocolError: Error, Hashable, Sendable {
    case badRequest(String)
    case targetTooLong
    case headTooLarge
    case unknownMethod
    case unsupportedVersion
    /// Head or body did not come in time.
    case timeout

    package var problem: Problem {
        switch self {
        case .badRequest(let detail): Problem(.validation, detail)
        case .targetTooLong: Problem(.targetTooLong, "The request target must not be longer than 8 KiB.")
        case .headTooLarge: Problem(.headTooLarge, "The request's head must not be larger than 32 KiB.")
        case .unknownMethod: Problem(.notImplemented, "The request's method is not known.")
        case .unsupportedVersion: Problem(.unsupportedVersion, "HTTP/1.1 and HTTP/1.0 are supported.")
        case .timeout: Problem(.requestTimeout, "The request did not arrive in time.")
        }
    }

    package init(_ error: HTTPParserError) {
        switch error {
        case .headerOverflow: self = .headTooLarge
        case .invalidMethod: self = .unknownMethod
        case .invalidVersion: self = .unsupportedVersion
        default: self = .malformed
        }
    }

    package static let malformed = ProtocolError.badRequest("The bytes of the connection are not valid HTTP.")
}
