import Bookings
import BookingsAuth

/// A token with exactly one thing wrong with it.
package enum FlawedToken {
    /// Signed by the server's HS256 secret, so that the flaw alone is a reason to refuse it.
    ///
    /// A wrong audience is a flaw only for a server that checks `JWT_AUDIENCE`.
    package static func make(
        flaw: TokenFlaw, subject: String, roles: [String], audience: String? = nil, issuer secret: [UInt8],
        clock: any WallClock
    ) -> String {
        let draft = TokenDraft(subject: subject, roles: roles, audience: audience, flaw: flaw)
        let issuer = TokenIssuer(secret: secret, issuer: nil, audience: nil, clock: clock)
        let claims = draft.claims(at: clock.now())
        return draft.flawed(issuer.sign(claims: claims, header: draft.header(algorithm: "HS256", keyID: nil)))
    }
}

/// A token before it is signed.
package struct TokenDraft {
    let subject: String
    let roles: [String]
    let providerID: ProviderID?
    let lifetime: Duration
    let issuer: String?
    let audience: String?
    /// Nil: a good token.
    let flaw: TokenFlaw?

    package init(
        subject: String, roles: [String], providerID: ProviderID? = nil, lifetime: Duration = .seconds(3600),
        issuer: String? = nil, audience: String? = nil, flaw: TokenFlaw? = nil
    ) {
        self.subject = subject
        self.roles = roles
        self.providerID = providerID
        self.lifetime = lifetime
        self.issuer = issuer
        self.audience = audience
        self.flaw = flaw
    }

    /// What an expired token has been dead for: more than the service's leeway, and than clocks are apart.
    private static let deadFor = Duration.seconds(3600)

    package func claims(at now: Timestamp) -> [UInt8] {
        var claims = JSONWriter()
        claims.beginObject()
        if let audience = flaw == .wrongAudience ? "somebody-else" : audience {
            claims.name("aud")
            claims.string(audience)
        }
        claims.name("exp")
        claims.number(Double((flaw == .expired ? now - Self.deadFor : now + lifetime).milliseconds) / 1000)
        if let issuer {
            claims.name("iss")
            claims.string(issuer)
        }
        if let providerID {
            claims.name("provider_id")
            claims.identifier(providerID)
        }
        claims.name("roles")
        claims.beginArray()
        for role in roles { claims.string(role) }
        claims.endArray()
        if flaw != .noSub {
            claims.name("sub")
            claims.string(subject)
        }
        claims.endObject()
        return claims.bytes
    }

    package func header(algorithm: String, keyID: String?) -> String {
        var header = JSONWriter()
        header.beginObject()
        header.name("alg")
        header.string(flaw == .algNone ? "none" : algorithm)
        if let keyID {
            header.name("kid")
            header.string(keyID)
        }
        header.name("typ")
        header.string("JWT")
        header.endObject()
        return String(decoding: header.bytes, as: UTF8.self)
    }

    /// Does to a signed token what is a flaw of its signature.
    package func flawed(_ token: String) -> String {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, var signature = Base64URL.decode(parts[2]) else { return token }
        switch flaw {
        case .algNone: signature = []
        case .badSignature: signature[signature.count / 2] ^= 1
        case .expired, .wrongAudience, .noSub, nil: return token
        }
        return parts[0] + "." + parts[1] + "." + Base64URL.encode(signature)
    }
}
