import Bookings
import BookingsAuth

/// The keys that tokens are signed and verified with.
extension Composition {
    /// Returns the secret for HMAC signatures: the configured one, or outside production a random one.
    ///
    /// - Returns: `nil` in production when tokens are verified with published keys alone.
    /// - Throws: `StartupError` in production when there is no key at all.
    func signingSecret() throws -> [UInt8]? {
        if let secret = configuration.jwtSecret { return secret }
        if configuration.environment == .production {
            guard configuration.jwksURL != nil || configuration.jwksFile != nil else {
                throw StartupError.invalidConfiguration("JWT_SECRET must be a secret of at least 32 bytes.")
            }
            return nil
        }
        logger.notice("JWT_SECRET is not set: the tokens of this process become invalid when it ends.")
        return (0..<2).flatMap { identifiers.bits(for: .secret, key: "jwt/\($0)").bytes }
    }

    /// Returns `nil` in production, where the service issues no tokens.
    func tokenIssuer(_ secret: [UInt8], _ clock: any WallClock) -> TokenIssuer? {
        guard configuration.environment != .production else { return nil }
        return TokenIssuer(
            secret: secret, issuer: configuration.jwtIssuer, audience: configuration.jwtAudience, clock: clock)
    }

    /// Returns the verifier of tokens that are signed with the secret or with a published key.
    func verifier(_ secret: [UInt8]?, _ clock: any WallClock) throws -> JWTVerifier {
        JWTVerifier(
            secret: secret, keySets: try keySets(clock), issuer: configuration.jwtIssuer,
            audience: configuration.jwtAudience, clock: clock)
    }

    /// A file must be readable at the start; a URL may become available later than the service.
    private func keySets(_ clock: any WallClock) throws -> [RemoteKeySet] {
        var keySets: [RemoteKeySet] = []
        if let path = configuration.jwksFile {
            guard Self.isReadable(path) else { throw StartupError.invalidConfiguration(Self.unreadableKeySetFile) }
            keySets.append(keySet("JWT_JWKS_FILE", clock, KeySetSource.file(path)))
        }
        if let url = configuration.jwksURL {
            guard let address = KeySetAddress(url) else {
                throw StartupError.invalidConfiguration(Self.invalidKeySetURL)
            }
            keySets.append(keySet("JWT_JWKS_URL", clock, KeySetSource.url(address)))
        }
        // Read now, so that the first token need not wait for it.
        for keySet in keySets { keySet.refresh() }
        return keySets
    }

    private func keySet(
        _ name: String, _ clock: any WallClock, _ source: @escaping RemoteKeySet.Source
    ) -> RemoteKeySet {
        RemoteKeySet(name: name, clock: clock, logger: logger, inFlightWork: inFlightWork, source: source)
    }
}
