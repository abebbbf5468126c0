import Bookings
import BookingsRuntime

extension Mutant {
    static let access = [rolesIgnored, expiryIgnored, signatureIgnored]

    static let rolesIgnored = Mutant(
        "roles-ignored", "every valid token is an administrator's", caughtBy: "tenant-sealed", in: .tenants,
        .ports { ports in
            ports.verifier = InterceptedVerifier(verifier: ports.verifier) { (result) throws(TokenError) in
                let principal = try result.get()
                return Principal(
                    subject: principal.subject, roles: [.admin], providerID: nil, expiresAt: principal.expiresAt)
            }
        })

    static let expiryIgnored = Mutant(
        "expiry-ignored", "expired tokens are accepted", caughtBy: "auth", in: .tenants,
        .ports { $0.verifier = InterceptedVerifier(verifier: $0.verifier, extraLeeway: .seconds(7 * 86_400)) })

    static let signatureIgnored = Mutant(
        "signature-ignored", "signatures are not verified", caughtBy: "auth", in: .tenants,
        .ports { ports in
            ports.verifier = InterceptedVerifier(verifier: ports.verifier) { (result) throws(TokenError) in
                guard case .failure(.invalid) = result, let anybody = Subject("anybody") else {
                    return try result.get()
                }
                return Principal(subject: anybody, roles: [.admin], providerID: nil, expiresAt: .latest)
            }
        })
}
