import Crypto
import Synchronization

/// Verifies JSON Web Tokens (RFC 7519) on the injected clock.
///
/// A token whose signature was good once is remembered by its bytes; its times are looked at each time.
public final class JWTVerifier: TokenVerifier {
    public static let longestToken = 16 * 1024
    private static let rememberedTokens = 10_000

    private let secret: SymmetricKey
    private let issuer: String?
    private let audience: String?
    private let clock: any WallClock
    private let remembered = Mutex<[String: TokenClaims]>([:])

    /// `secret`: the HS256 key. `issuer`, `audience`: nil are not checked.
    public init(secret: [UInt8], issuer: String?, audience: String?, clock: any WallClock) {
        self.secret = SymmetricKey(data: secret)
        self.issuer = issuer
        self.audience = audience
        self.clock = clock
    }

    public func verify(_ token: String, leeway: Duration) async throws(TokenFault) -> Principal {
        let claims: TokenClaims
        if let known = remembered.withLock({ $0[token] }) {
            claims = known
        } else {
            claims = try read(token)
        }
        let now = clock.now()
        guard now < claims.expiresAt + leeway else { throw .invalid("The token has expired.") }
        if let notBefore = claims.notBefore, now < notBefore - leeway { throw .invalid("The token is not valid yet.") }
        guard !claims.roles.isEmpty else { throw .noRoles }
        remember(claims, as: token)
        return Principal(
            subject: claims.subject, roles: claims.roles, providerID: claims.providerID, expiresAt: claims.expiresAt)
    }

    private func remember(_ claims: TokenClaims, as token: String) {
        remembered.withLock { tokens in
            if tokens.count >= Self.rememberedTokens { tokens.removeAll(keepingCapacity: true) }
            tokens[token] = claims
        }
    }

    private func read(_ token: String) throws(TokenFault) -> TokenClaims {
        guard token.utf8.count <= Self.longestToken else { throw .invalid("The token is too long.") }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.json(parts[0]), let payload = Self.json(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else { throw .invalid("The token is no JSON Web Token.") }
        // The key decides the algorithm, never the token: anything but HS256 is refused before the signature.
        guard header["alg"]?.string == "HS256" else { throw .invalid("The token's algorithm is not accepted.") }
        guard header["crit"] == nil else { throw .invalid("The token's header has critical extensions.") }
        let signed = token.utf8.prefix(parts[0].utf8.count + 1 + parts[1].utf8.count)
        guard HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: Array(signed), using: secret) else {
            throw .invalid("The token's signature is wrong.")
        }
        let claims = try TokenClaims(payload)
        if let issuer, claims.issuer != issuer { throw .invalid("The token is of another issuer.") }
        if let audience, !claims.audience.contains(audience) { throw .invalid("The token is for another audience.") }
        return claims
    }

    private static func json(_ part: Substring) -> JSONValue? {
        Base64URL.decode(part).flatMap { try? JSONValue.parse($0) }
    }
}
