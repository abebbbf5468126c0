import Bookings

/// The header and claims of a token that is yet to be signed (RFC 7519).
package struct TokenDraft {
    /// The claim `sub`.
    package let subject: String
    /// The claim `roles`.
    package let roles: [String]
    /// The claim `provider_id`; left out when `nil`.
    package let providerID: ProviderID?
    /// The time from now to the claim `exp`.
    package let lifetime: Duration
    /// The claim `iss`; left out when `nil`.
    package let issuer: String?
    /// The claim `aud`; left out when `nil`.
    package let audience: String?
    /// The flaw of the token; `nil` for a valid one.
    package let flaw: TokenFlaw?

    /// Creates a draft; without `flaw` it is that of a valid token.
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

    /// How long ago an expired token expired: more than the service's leeway and any difference between clocks.
    private static let expiredFor = Duration.seconds(3600)

    /// Returns the claims as JSON.
    package func claims(at now: Timestamp) -> [UInt8] {
        var claims = JSONWriter()
        claims.beginObject()
        if let audience = flaw == .wrongAudience ? "somebody-else" : audience {
            claims.name("aud")
            claims.string(audience)
        }
        claims.name("exp")
        claims.number(Double((flaw == .expired ? now - Self.expiredFor : now + lifetime).milliseconds) / 1000)
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

    /// Returns the header as JSON.
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

    /// Returns the signed token with the signature removed or changed, for the flaws that concern it.
    package func corrupted(_ token: String) -> String {
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
