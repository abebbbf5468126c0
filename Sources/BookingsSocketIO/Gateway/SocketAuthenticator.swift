import Bookings

/// Decides whether a CONNECT is accepted, and which events its socket gets.
struct SocketAuthenticator: Sendable {
    let verifier: any TokenVerifier
    /// Whether a CONNECT without a token is accepted.
    let allowsAnonymous: Bool

    /// Verifies the token of a CONNECT without leeway for its expiry.
    ///
    /// - Parameters:
    ///   - token: `auth.token`; `nil` when the CONNECT has none.
    ///   - requestToken: The token of the first HTTP request, for clients that send none with CONNECT.
    func authenticate(_ token: JSONValue?, or requestToken: String?) async throws(SocketRefusal) -> Admission {
        guard let credentials = try Self.string(of: token) ?? requestToken else {
            if allowsAnonymous { return Admission(subject: nil, audience: .anonymous, expiresAt: nil) }
            throw .unauthorized("A token is required.")
        }
        let bare =
            credentials.lowercased().hasPrefix("bearer ") ? credentials.dropFirst(7).trimmingSpaces : credentials
        do throws(TokenError) {
            let principal = try await verifier.verify(bare, leeway: .zero)
            guard let scope = principal.eventScope else { throw TokenError.noRoles(principal.subject) }
            return Admission(subject: principal.subject, audience: .scope(scope), expiresAt: principal.expiresAt)
        } catch {
            switch error {
            case .invalid(let reason): throw .unauthorized(reason)
            case .noRoles: throw .forbidden("The token has no role that may read events.")
            case .keysUnavailable: throw .unavailable
            }
        }
    }

    private static func string(of token: JSONValue?) throws(SocketRefusal) -> String? {
        guard let token else { return nil }
        guard let string = token.string else { throw .unauthorized("auth.token must be a string.") }
        return string
    }
}

/// An accepted CONNECT.
struct Admission: Sendable {
    /// `nil` without a token.
    let subject: Subject?
    let audience: SocketAudience
    /// When the socket is closed; `nil` without a token.
    let expiresAt: Timestamp?
}

/// Why a CONNECT is refused.
enum SocketRefusal: Error {
    case unauthorized(String)
    case forbidden(String)
    /// The token could not be verified: the client is to try again.
    case unavailable

    /// The message of the CONNECT_ERROR, which is also the slug of the problem.
    var message: String {
        switch self {
        case .unauthorized: "unauthorized"
        case .forbidden: "forbidden"
        case .unavailable: "unavailable"
        }
    }

    /// The data of the CONNECT_ERROR: the problem that a REST request would get (RFC 9457), as JSON.
    var problem: [UInt8] {
        let (status, title, detail) =
            switch self {
            case .unauthorized(let detail): (401, "Authentication is required", detail)
            case .forbidden(let detail): (403, "Not allowed", detail)
            case .unavailable: (503, "Temporarily unavailable", "The keys that verify tokens are unavailable.")
            }
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("detail")
        writer.string(detail)
        writer.name("status")
        writer.integer(status)
        writer.name("title")
        writer.string(title)
        writer.name("type")
        writer.string("/problems/\(message)")
        writer.endObject()
        return writer.bytes
    }
}
