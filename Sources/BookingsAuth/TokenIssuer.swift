import Bookings
import Crypto

/// Makes HS256 tokens, for development, tests and the simulator.
package struct TokenIssuer: TokenIssuing {
    private let secret: SymmetricKey
    private let issuer: String?
    private let audience: String?
    private let clock: any WallClock

    package init(secret: [UInt8], issuer: String?, audience: String?, clock: any WallClock) {
        self.secret = SymmetricKey(data: secret)
        self.issuer = issuer
        self.audience = audience
        self.clock = clock
    }

    /// A token that lives so long from now on.
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

    /// Any claims as JSON, signed.
    package func sign(claims: [UInt8], header: String = #"{"alg":"HS256","typ":"JWT"}"#) -> String {
        let signed = Base64URL.encode(header.utf8) + "." + Base64URL.encode(claims)
        return signed + "." + Base64URL.encode(HMAC<SHA256>.authenticationCode(for: Array(signed.utf8), using: secret))
    }
}
