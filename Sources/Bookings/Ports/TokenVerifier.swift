/// Tells who a bearer token speaks for.
package protocol TokenVerifier: Sendable {
    /// `leeway`: how far `exp` and `nbf` may be off the injected clock; zero for sockets and streams.
    func verify(_ token: String, leeway: Duration) async throws(TokenError) -> Principal
}

/// Why a token is not accepted. The text goes to the client: it names a claim, never a key.
package enum TokenError: Error, Hashable, Sendable {
    /// 401 `invalid_token`.
    case invalid(String)
    /// 403: the subject's token is good, but none of its roles counts.
    case noRoles(Subject)
    /// 503: the keys that could tell have not been read yet.
    case keysUnavailable
}

/// Makes tokens, where the service may: in development and tests.
package protocol TokenIssuing: Sendable {
    /// A token that lives so long from now on.
    func token(subject: Subject, roles: [String], providerID: ProviderID?, lifetime: Duration) -> String
}
