import NIOCore
import NIOPosix
import NIOSSL
import SimulationKit

/// Why a request has no response. Few and short, so that equal ones are counted together.
enum LoadFailure: Error, Hashable, CustomStringConvertible {
    /// The server did not accept the connection.
    case notConnected
    case tlsFailed
    /// The connection ended before the response.
    case closed
    case timedOut
    /// The bytes are no HTTP/1.1 response.
    case malformedResponse

    /// Classifies the error of a connection.
    init(_ error: any Error) {
        switch error {
        case let failure as LoadFailure: self = failure
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: self = .tlsFailed
        case ChannelError.connectTimeout: self = .timedOut
        case let error as NIOConnectionError:
            let isTimeout = error.connectionErrors.contains {
                if case ChannelError.connectTimeout = $0.error { true } else { false }
            }
            self = isTimeout ? .timedOut : .notConnected
        default: self = .notConnected
        }
    }

    var description: String {
        switch self {
        case .notConnected: "no connection"
        case .tlsFailed: "TLS failed"
        case .closed: "connection closed"
        case .timedOut: "timed out"
        case .malformedResponse: "malformed response"
        }
    }

    /// Returns a short name of an error, without ports or addresses.
    static func reason(_ error: any Error) -> String {
        if let failure = error as? SocketClient.Failure { return failure.description }
        return LoadFailure(error).description
    }
}
