import ArgumentParser
import Bookings
import BookingsRuntime

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Print a token, good or flawed, signed with JWT_SECRET.")

    enum Flaw: String, CaseIterable, ExpressibleByArgument {
        case expired
        case algNone = "alg-none"
        case badSignature = "bad-signature"
        case wrongAudience = "wrong-audience"
        case noSub = "no-sub"
    }

    @Option(help: "The subject.")
    var sub: String

    @Option(parsing: .upToNextOption, help: "Roles: customer, provider, admin.")
    var roles: [String]

    @Option(help: "How long it lives: 90s, 15m, 1d.")
    var ttl = VirtualSpan(hours: 1)

    @Option(help: "The secret; JWT_SECRET of the environment when left out.")
    var secret: String?

    @Option(help: "What is to be wrong with it: \(Flaw.allCases.map(\.rawValue).joined(separator: ", ")).")
    var flaw: Flaw?

    func run() async throws {
        guard let secret = secret ?? Environment.value("JWT_SECRET"), secret.utf8.count >= 32 else {
            throw ValidationError("JWT_SECRET (or --secret) takes a secret of at least 32 bytes.")
        }
        guard Subject(sub) != nil else { throw ValidationError("--sub takes 1 to 255 characters.") }
        print(
            Self.token(sub: sub, roles: roles, lifetime: ttl.duration, secret: secret, flaw: flaw, clock: SystemClock())
        )
    }

    static func token(
        sub: String, roles: [String], lifetime: Duration, secret: String, flaw: Flaw?, clock: any WallClock
    ) -> String {
        let key = flaw == .badSignature ? "another secret, as long as the right one" : secret
        let issuer = TokenIssuer(secret: Array(key.utf8), issuer: nil, audience: nil, clock: clock)
        let now = clock.now().milliseconds / 1000
        let expiry = flaw == .expired ? now - 3600 : now + lifetime.wholeMilliseconds / 1000
        var claims = JSONWriter()
        claims.beginObject()
        if flaw == .wrongAudience {
            claims.name("aud")
            claims.string("somebody-else")
        }
        claims.name("exp")
        claims.integer(expiry)
        claims.name("roles")
        claims.beginArray()
        for role in roles { claims.string(role) }
        claims.endArray()
        if flaw != .noSub {
            claims.name("sub")
            claims.string(sub)
        }
        claims.endObject()
        guard flaw == .algNone else { return issuer.sign(claims: claims.bytes) }
        let unsigned = issuer.sign(claims: claims.bytes, header: #"{"alg":"none","typ":"JWT"}"#)
        return unsigned.prefix { $0 != "." } + "." + unsigned.split(separator: ".")[1] + "."
    }
}
