import Bookings
import BookingsAuth

/// What is wrong with a token that a service must reject.
package enum TokenFlaw: String, Codable, CaseIterable, Sendable {
    case expired
    case algNone = "alg-none"
    case badSignature = "bad-signature"
    /// A flaw only for a service that checks `JWT_AUDIENCE`.
    case wrongAudience = "wrong-audience"
    case noSub = "no-sub"
}

/// Tokens with exactly one flaw.
package enum FlawedToken {
    /// Returns a token signed with the server's HS256 secret, so that the flaw is the only reason to reject it.
    package static func make(
        flaw: TokenFlaw, subject: String, roles: [String], audience: String? = nil, issuer secret: [UInt8],
        clock: any WallClock
    ) -> String {
        let draft = TokenDraft(subject: subject, roles: roles, audience: audience, flaw: flaw)
        let issuer = TokenIssuer(secret: secret, issuer: nil, audience: nil, clock: clock)
        let claims = draft.claims(at: clock.now())
        return draft.corrupted(issuer.sign(claims: claims, header: draft.header(algorithm: "HS256", keyID: nil)))
    }
}
