import Bookings
import NIOHTTP1

/// The reason why the bytes of a connection are not a request that can be served.
///
/// Each is answered with a problem; then the connection is closed.
package enum ProtocolError: Error, Hashable, Sendable {
    case badRequest(String)
    case targetTooLong
    case headTooLarge
    case unknownMethod
    case unsupportedVersion
    /// The head or the body did not arrive in time.
    case timeout

    /// The error for bytes that the HTTP parser rejects without a more specific reason.
    package static let malformed = ProtocolError.badRequest("The connection received bytes that are not valid HTTP.")

    /// The problem that the client receives.
    package var problem: Problem {
        switch self {
        case .badRequest(let detail): Problem(.validation, detail)
        case .targetTooLong: Problem(.targetTooLong, "The request target must not be longer than 8 KiB.")
        case .headTooLarge: Problem(.headTooLarge, "The request head must not be larger than 32 KiB.")
        case .unknownMethod: Problem(.notImplemented, "The request method is not implemented.")
        case .unsupportedVersion: Problem(.unsupportedVersion, "The supported versions are HTTP/1.1 and HTTP/1.0.")
        case .timeout: Problem(.requestTimeout, "The request did not arrive in time.")
        }
    }

    /// Maps the errors of the HTTP parser.
    package init(_ error: HTTPParserError) {
        switch error {
        case .headerOverflow: self = .headTooLarge
        case .invalidMethod: self = .unknownMethod
        case .invalidVersion: self = .unsupportedVersion
        default: self = .malformed
        }
    }
}
