import Bookings
import Synchronization

/// Verifies JSON Web Tokens (RFC 7519) by the secret and by published keys, at the time of the injected clock.
///
/// Verified tokens are remembered. A token of the secret never waits for published keys.
package final class JWTVerifier: TokenVerifier {
    private let secret: VerificationKey?
    private let keySets: [RemoteKeySet]
    private let issuer: ByteString?
    private let audience: ByteString?
    private let clock: any WallClock
    private let cache = Mutex(VerifiedTokenCache())

    /// - Parameters:
    ///   - secret: The key of HS256; `nil` refuses tokens of that algorithm.
    ///   - keySets: The published keys, all of which may verify a token.
    ///   - issuer: The required claim `iss`, compared by bytes; `nil` accepts any.
    ///   - audience: A required element of the claim `aud`, compared by bytes; `nil` accepts any.
    package init(
        secret: [UInt8]?, keySets: [RemoteKeySet] = [], issuer: String?, audience: String?, clock: any WallClock
    ) {
        self.secret = secret.map { VerificationKey(secret: $0) }
        self.keySets = keySets
        self.issuer = issuer.map { ByteString($0) }
        self.audience = audience.map { ByteString($0) }
        self.clock = clock
    }

    package func verify(_ token: String, leeway: Duration) async throws(TokenError) -> Principal {
        let claims = try await claims(of: ByteString(token))
        let now = clock.now()
        guard now < claims.expiresAt + leeway else { throw .invalid("The token has expired.") }
        if let notBefore = claims.notBefore, now < notBefore - leeway { throw .invalid("The token is not valid yet.") }
        guard !claims.roles.isEmpty else { throw .noRoles(claims.subject) }
        return Principal(
            subject: claims.subject, roles: claims.roles, providerID: claims.providerID, expiresAt: claims.expiresAt)
    }

    private func claims(of token: ByteString) async throws(TokenError) -> TokenClaims {
        // Read first: when the keys change during the verification, the entry must not count for the new ones.
        let generations = keySets.map { $0.generation() }
        if let claims = cache.withLock({ $0.claims(of: token, generations: generations) }) { return claims }
        let signed = try SignedToken(token.text)
        let (keys, areSecret) = try await keys(for: signed)
        guard keys.contains(where: { $0.verify(signed.signature, signs: signed.signingInput) }) else {
            throw .invalid("The signature of the token is invalid.")
        }
        let claims = try TokenClaims(signed.claims)
        if let issuer, claims.issuer != issuer { throw .invalid("The token has another issuer.") }
        if let audience, !claims.audience.contains(audience) { throw .invalid("The token is for another audience.") }
        cache.withLock { $0.add(.init(claims: claims, generations: areSecret ? nil : generations), for: token) }
        return claims
    }

    /// Returns the keys that may have signed `token`. The sources of keys are configuration: what a header claims about
    /// them (`jku`, `x5u`, `jwk`, `x5c`) is ignored.
    private func keys(for token: SignedToken) async throws(TokenError) -> (keys: [VerificationKey], areSecret: Bool) {
        let algorithm = token.algorithm
        if let secret, algorithm == secret.algorithm { return ([secret], true) }
        guard !keySets.isEmpty, ["RS256", "ES256", "EdDSA"].contains(algorithm) else {
            throw .invalid("The algorithm of the token is not accepted.")
        }
        let id = try token.keyID()
        var keys: [VerificationKey] = []
        var isAnySetKnown = false
        for keySet in keySets {
            guard let found = await keySet.keys(algorithm: algorithm, id: id) else { continue }
            isAnySetKnown = true
            keys += found
        }
        guard isAnySetKnown else { throw .keysUnavailable }
        guard !keys.isEmpty else { throw .invalid("The key of the token is unknown.") }
        return (keys, false)
    }
}
