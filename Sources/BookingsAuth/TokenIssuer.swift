import Bookings

/// Issues HS256 tokens, for development, tests and the simulator.
package struct TokenIssuer: TokenIssuing {
    private let signer: HS256
    private let issuer: String?
    private let audience: String?
    private let clock: any WallClock

    /// - Parameters:
    ///   - secret: The key, which `JWTVerifier` has too.
    ///   - issuer: The claim `iss`; `nil` leaves it out.
    ///   - audience: The claim `aud`; `nil` leaves it out.
    package init(secret: [UInt8], issuer: String?, audience: String?, clock: any WallClock) {
        signer = HS256(secret: secret)
        self.issuer = issuer
        self.audience = audience
        self.clock = clock
    }

    /// Returns a token that is valid from now on for `lifetime`.
    package func token(
        subject: Subject, roles: [String], providerID: ProviderID? = nil, lifetime: Duration
    ) -> String {
        let now = clock.now()
        var claims = JSONWriter()
        claims.beginObject()
        if let audience {
            claims.name("aud")
            claims.string(audience)
        }
        claims.name("exp")
        claims.number(Double((now + lifetime).milliseconds) / 1000)
        claims.name("iat")
        claims.number(Double(now.milliseconds) / 1000)
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
        claims.name("sub")
        claims.string(subject.text)
        claims.endObject()
        return sign(claims: claims.bytes)
    }

    /// Returns a token of any claims and header, valid or not; both are JSON.
    package func sign(claims: [UInt8], header: String = #"{"alg":"HS256","typ":"JWT"}"#) -> String {
        let signingInput = Base64URL.encode(header.utf8) + "." + Base64URL.encode(claims)
        return signingInput + "." + Base64URL.encode(signer.sign(Array(signingInput.utf8)))
    }
}
