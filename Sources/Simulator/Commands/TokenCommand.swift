import ArgumentParser
import Bookings
import BookingsHTTP
import BookingsRuntime
import FoundationEssentials
import SimulationKit

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Print a token, valid or with one flaw.",
        discussion: """
            HS256 signs with JWT_SECRET. The other algorithms need a private key from --key; without one a key is generated \
            and its public key is written to --jwks, for a server with JWT_JWKS_FILE.
            """)

    @Option(help: "The subject.")
    var sub: String

    @Option(parsing: .upToNextOption, help: "Roles: customer, provider, admin.")
    var roles: [String]

    @Option(name: .customLong("provider-id"), help: "The provider's UUID, if it is not the subject.")
    var providerID: String?

    @Option(help: "The lifetime: 90s, 15m, 1d.")
    var ttl = VirtualSpan(hours: 1)

    @Option(help: "HS256, RS256, ES256 or EdDSA.")
    var alg = SigningKey.Algorithm.hs256

    @Option(help: "The secret for HS256. Default: JWT_SECRET.")
    var secret: String?

    @Option(help: "The file of a PEM private key, for the other algorithms.")
    var key: String?

    @Option(help: "The file to write the public key to, as a JSON Web Key Set.")
    var jwks: String?

    @Option(help: "The flaw: \(TokenFlaw.allCases.map(\.rawValue).joined(separator: ", ")).")
    var flaw: TokenFlaw?

    func validate() throws {
        guard Subject(sub) != nil else { throw ValidationError("--sub must have 1 to 255 characters.") }
        guard providerID.map({ ProviderID($0) != nil }) ?? true else {
            throw ValidationError("--provider-id must be a UUID.")
        }
        if alg == .hs256, key != nil || jwks != nil {
            throw ValidationError("--key and --jwks require RS256, ES256 or EdDSA; a secret is never published.")
        }
        if alg != .hs256, key == nil, jwks == nil {
            throw ValidationError("\(alg.rawValue) requires --key with a private key, or --jwks to publish a new one.")
        }
    }

    func run() async throws {
        print(try token(clock: SystemClock()))
    }

    /// Returns the token, and writes the key set if --jwks is given.
    func token(clock: any WallClock) throws -> String {
        let key = try signingKey()
        if let jwks, let set = try key.keySet() {
            try (set + "\n").write(toFile: jwks, atomically: true, encoding: .utf8)
        }
        let draft = TokenDraft(
            subject: sub, roles: roles, providerID: providerID.flatMap { ProviderID($0) }, lifetime: ttl.duration,
            issuer: ProcessEnvironment.value("JWT_ISSUER"), audience: ProcessEnvironment.value("JWT_AUDIENCE"),
            flaw: flaw)
        return try key.sign(draft, at: clock.now())
    }

    private func signingKey() throws -> SigningKey {
        if alg == .hs256 {
            guard let secret = secret ?? ProcessEnvironment.value("JWT_SECRET"), secret.utf8.count >= 32 else {
                throw ValidationError("JWT_SECRET or --secret must be a secret of at least 32 bytes.")
            }
            return .secret(Array(secret.utf8))
        }
        guard let key else { return try SigningKey.make(alg) }
        guard let pem = try? String(contentsOfFile: key, encoding: .utf8) else {
            throw ValidationError("\(key) cannot be read.")
        }
        do throws(SigningKey.Fault) {
            return try SigningKey(alg, pem: pem)
        } catch {
            throw ValidationError("\(key) does not contain a PEM private key for \(alg.rawValue).")
        }
    }
}

extension SigningKey.Algorithm: ExpressibleByArgument {}
extension TokenFlaw: ExpressibleByArgument {}
