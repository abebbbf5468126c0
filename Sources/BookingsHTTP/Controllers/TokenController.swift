import Bookings
import HummingbirdCore

/// Tokens for development and tests.
struct TokenController: Sendable {
    let issuer: any TokenIssuing

    func create(_ exchange: RequestContext, _ caller: Principal?) async throws -> Response {
        var reader = BodyReader(try JSONBody(of: exchange).json())
        let subject = reader.subject("sub", isRequired: true)
        let roles = reader.strings("roles")
        if let roles, !roles.contains(where: { Role(rawValue: $0) != nil }) {
            let names = Role.allCases.map(\.rawValue).joined(separator: ", ")
            reader.fault("roles", "roles must name at least one of \(names).")
        }
        let seconds = reader.integer("ttl_seconds", in: 1...31_536_000, or: 3600)
        let provider: ProviderID? = reader.optionalIdentifier("provider_id")
        reader.finish()
        guard let subject, let roles, reader.faults.isEmpty else { throw Problem.validation(reader.faults) }
        let token = issuer.token(
            subject: subject, roles: roles, providerID: provider, lifetime: .seconds(seconds))
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("access_token")
        writer.string(token)
        writer.name("expires_in")
        writer.integer(seconds)
        writer.name("token_type")
        writer.string("Bearer")
        writer.endObject()
        return jsonResponse(writer.bytes, cacheControl: "no-store")
    }
}
