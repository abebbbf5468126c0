import Bookings
import Crypto
import Synchronization

/// Verifies JSON Web Tokens (RFC 7519) on the injected clock, by the secret and by published keys.
///
/// A token whose signature was good once is remembered by its bytes, as long as the keys are the same; its times are
/// looked at each time. A token of the secret never waits for published keys.
package final class JWTVerifier: TokenVerifier {
    package static let longestToken = 16 * 1024

    private struct Verified {
        let claims: TokenClaims
        /// Of the key rings, as they were before the signature was verified; nil: the secret verified it.
        let generations: [Int]?
    }

    private struct Remembered {
        static let mostTokens = 10_000
        static let mostBytes = 8 << 20

        var tokens: [ByteString: Verified] = [:]
        var bytes = 0

        mutating func add(_ verified: Verified, as token: ByteString) {
            let size = token.text.utf8.count
            if tokens.count >= Self.mostTokens || bytes + size > Self.mostBytes {
                tokens.removeAll(keepingCapacity: true)
                bytes = 0
            }
            if tokens.updateValue(verified, forKey: token) == nil { bytes += size }
        }
    }

    private let secret: VerificationKey?
    private let rings: [RemoteKeySet]
    private let issuer: ByteString?
    private let audience: ByteString?
    private let clock: any WallClock
    private let remembered = Mutex(Remembered())

    /// `secret`: the HS256 key; nil: there is none. `issuer`, `audience`: nil are not checked.
    package init(secret: [UInt8]?, rings: [RemoteKeySet] = [], issuer: String?, audience: String?, clock: any WallClock)
    {
        self.secret = secret.map { .secret(SymmetricKey(data: $0)) }
        self.rings = rings
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
        let generations = rings.map { $0.generation() }
        if let known = remembered.withLock({ $0.tokens[token] }),
            known.generations == nil || known.generations == generations
        {
            return known.claims
        }
        let (claims, isOfSecret) = try await read(token.text)
        remembered.withLock {
            $0.add(Verified(claims: claims, generations: isOfSecret ? nil : generations), as: token)
        }
        return claims
    }

    /// The keys by which this header may be answered. Where keys lie is the service's to know: whatever the header
    /// says of that (`jku`, `x5u`, `jwk`, `x5c`) is not looked at.
    private func keys(for header: JSONValue) async throws(TokenError) -> (keys: [VerificationKey], areSecret: Bool) {
        guard case .object = header, !header.hasDuplicateMembers else {
            throw .invalid("The token's header must be a JSON object whose names are unique.")
        }
        guard header["crit"] == nil else { throw .invalid("The token's header has critical extensions.") }
        let algorithm = header["alg"]?.string ?? ""
        if let secret, algorithm == secret.algorithm { return ([secret], true) }
        guard !rings.isEmpty, ["RS256", "ES256", "EdDSA"].contains(algorithm) else {
            throw .invalid("The token's algorithm is not accepted.")
        }
        if let id = header["kid"], id.string == nil { throw .invalid("The token's kid must be a string.") }
        let id = header["kid"]?.string.map { ByteString($0) }
        var keys: [VerificationKey] = []
        var isBlind = true
        for ring in rings {
            guard let found = await ring.keys(algorithm: algorithm, id: id) else { continue }
            isBlind = false
            keys += found
        }
        if isBlind { throw .keysUnavailable }
        guard !keys.isEmpty else { throw .invalid("The token's key is not known.") }
        return (keys, false)
    }

    private func read(_ token: String) async throws(TokenError) -> (claims: TokenClaims, isOfSecret: Bool) {
        guard token.utf8.count <= Self.longestToken else { throw .invalid("The token is too long.") }
        let parts = token.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map {
            Substring($0)
        }
        guard parts.count == 3, let header = Self.json(parts[0]), let payload = Self.json(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else { throw .invalid("The token is not a JSON Web Token.") }
        let signed = Array(token.utf8.prefix(parts[0].utf8.count + 1 + parts[1].utf8.count))
        let (keys, areSecret) = try await keys(for: header)
        guard keys.contains(where: { $0.accepts(signature, of: signed) }) else {
            throw .invalid("The token's signature is wrong.")
        }
        let claims = try TokenClaims(payload)
        if let issuer, claims.issuer != issuer { throw .invalid("The token is of another issuer.") }
        if let audience, !claims.audience.contains(audience) { throw .invalid("The token is for another audience.") }
        return (claims, areSecret)
    }

    private static func json(_ part: Substring) -> JSONValue? {
        Base64URL.decode(part).flatMap { try? JSONValue.parse($0) }
    }
}
