import Crypto
import Synchronization

/// Verifies JSON Web Tokens (RFC 7519) on the injected clock, by the secret and by published keys.
///
/// A token whose signature was good once is remembered by its bytes, as long as the keys are the same; its times are
/// looked at each time.
public final class JWTVerifier: TokenVerifier {
    public static let longestToken = 16 * 1024
    private static let rememberedTokens = 10_000

    private struct Remembered {
        let claims: TokenClaims
        let generations: [Int]
    }

    private let secret: VerificationKey?
    private let rings: [KeyRing]
    private let issuer: String?
    private let audience: String?
    private let clock: any WallClock
    private let remembered = Mutex<[String: Remembered]>([:])

    /// `secret`: the HS256 key; nil: there is none. `issuer`, `audience`: nil are not checked.
    public init(secret: [UInt8]?, rings: [KeyRing] = [], issuer: String?, audience: String?, clock: any WallClock) {
        self.secret = secret.map { .secret(SymmetricKey(data: $0)) }
        self.rings = rings
        self.issuer = issuer
        self.audience = audience
        self.clock = clock
    }

    public func verify(_ token: String, leeway: Duration) async throws(TokenFault) -> Principal {
        var generations: [Int] = []
        for ring in rings { generations.append(await ring.freshGeneration()) }
        let claims: TokenClaims
        if let known = remembered.withLock({ $0[token] }), known.generations == generations {
            claims = known.claims
        } else {
            claims = try await read(token)
            remember(Remembered(claims: claims, generations: generations), as: token)
        }
        let now = clock.now()
        guard now < claims.expiresAt + leeway else { throw .invalid("The token has expired.") }
        if let notBefore = claims.notBefore, now < notBefore - leeway { throw .invalid("The token is not valid yet.") }
        guard !claims.roles.isEmpty else { throw .noRoles(claims.subject) }
        return Principal(
            subject: claims.subject, roles: claims.roles, providerID: claims.providerID, expiresAt: claims.expiresAt)
    }

    private func remember(_ one: Remembered, as token: String) {
        remembered.withLock { tokens in
            if tokens.count >= Self.rememberedTokens { tokens.removeAll(keepingCapacity: true) }
            tokens[token] = one
        }
    }

    /// The keys by which this header may be answered. Where keys lie is the service's to know: whatever the header
    /// says of that (`jku`, `x5u`, `jwk`, `x5c`) is not looked at.
    private func keys(for header: JSONValue) async throws(TokenFault) -> [VerificationKey] {
        guard header["crit"] == nil else { throw .invalid("The token's header has critical extensions.") }
        let algorithm = header["alg"]?.string ?? ""
        if let secret, algorithm == secret.algorithm { return [secret] }
        guard !rings.isEmpty, ["RS256", "ES256", "EdDSA"].contains(algorithm) else {
            throw .invalid("The token's algorithm is not accepted.")
        }
        if let id = header["kid"], id.string == nil { throw .invalid("The token's kid must be a text.") }
        var keys: [VerificationKey] = []
        var isBlind = true
        for ring in rings {
            guard let found = await ring.keys(algorithm: algorithm, id: header["kid"]?.string) else { continue }
            isBlind = false
            keys += found
        }
        if isBlind { throw .keysUnavailable }
        guard !keys.isEmpty else { throw .invalid("The token's key is not known.") }
        return keys
    }

    private func read(_ token: String) async throws(TokenFault) -> TokenClaims {
        guard token.utf8.count <= Self.longestToken else { throw .invalid("The token is too long.") }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.json(parts[0]), let payload = Self.json(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else { throw .invalid("The token is no JSON Web Token.") }
        let signed = Array(token.utf8.prefix(parts[0].utf8.count + 1 + parts[1].utf8.count))
        guard try await keys(for: header).contains(where: { $0.accepts(signature, of: signed) }) else {
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
