/// Verifies bearer tokens.
package protocol TokenVerifier: Sendable {
    /// Returns the caller that a token authenticates.
    ///
    /// - Parameter leeway: How far `exp` and `nbf` may differ from the injected clock; zero for sockets and streams.
    func verify(_ token: String, leeway: Duration) async throws(TokenError) -> Principal
}

/// Why a token is refused.
package enum TokenError: Error, Hashable, Sendable {
    /// 401 `invalid_token`. The reason goes to the client; it names a claim, never a key.
    case invalid(String)
    /// 403: the token is valid, but it has no role that the service knows.
    case noRoles(Subject)
    /// 503: the keys that verify the token have not been read yet.
    case keysUnavailable
}

/// Issues tokens, in development and in tests.
package protocol TokenIssuing: Sendable {
    /// Returns a token that expires after `lifetime`.
    func token(subject: Subject, roles: [String], providerID: ProviderID?, lifetime: Duration) -> String
}
