import Bookings

/// Issues tokens for development and tests.
package struct TokenController: Sendable {
    private static let defaultLifetime = 3600
    /// In seconds: a year.
    private static let maximumLifetime = 31_536_000

    private let issuer: any TokenIssuing

    /// Creates a controller that issues the tokens of `issuer`.
    package init(issuer: any TokenIssuing) {
        self.issuer = issuer
    }

    /// `POST /auth/token`. Unknown roles are accepted beside a known one, because tokens of other
    /// issuers may contain them.
    func create(_ context: RequestContext) async throws -> Response {
        var reader = BodyReader(try JSONBody(of: context).parsed())
        let subject = reader.subject("sub", isRequired: true)
        let roles = reader.strings("roles")
        if let roles, !roles.contains(where: { Role(rawValue: $0) != nil }) {
            let names = Role.allCases.map(\.rawValue).joined(separator: ", ")
            reader.addError("roles", "roles must contain at least one of \(names).")
        }
        let lifetime = reader.integer("ttl_seconds", in: 1...Self.maximumLifetime, default: Self.defaultLifetime)
        let provider: ProviderID? = reader.identifier("provider_id", isRequired: false)
        reader.finish()
        guard let subject, let roles, reader.errors.isEmpty else { throw Problem.validation(reader.errors) }
        let token = issuer.token(
            subject: subject, roles: roles, providerID: provider, lifetime: .seconds(lifetime))
        return Response(cacheControl: CacheControl.none) { writer in
            writer.name("access_token")
            writer.string(token)
            writer.name("expires_in")
            writer.integer(lifetime)
            writer.name("token_type")
            writer.string("Bearer")
        }
    }
}
