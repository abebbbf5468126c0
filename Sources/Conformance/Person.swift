import Bookings
import BookingsAuth

/// A caller of the service, with a token.
struct Person: Sendable {
    /// The word for the story.
    let name: String
    let subject: String
    let token: String?

    /// A caller without a token.
    static let nobody = Person(name: "nobody", subject: "", token: nil)
}

/// What is wrong with a token on purpose.
enum TokenMistake: String, CaseIterable, Sendable {
    case none, expired
    case otherKey = "other key"
    case unsigned
}

/// Signs the tokens of a run by the claims of a profile.
struct PersonRegistry: Sendable {
    let profile: Profile
    let secret: [UInt8]
    let issuer: String?
    let audience: String?
    let clock: any WallClock

    private static let lifetime = Duration.seconds(3600)

    func person(_ name: String, _ subject: String, _ roles: [Profile.Role], _ mistake: TokenMistake = .none) -> Person {
        let key = mistake == .otherKey ? secret.map { $0 ^ 1 } : secret
        let signer = TokenIssuer(secret: key, issuer: issuer, audience: audience, clock: clock)
        let claims = claims(subject, roles.map { profile.role($0) }, isExpired: mistake == .expired)
        guard mistake == .unsigned else {
            return Person(name: name, subject: subject, token: signer.sign(claims: claims))
        }
        let token = signer.sign(claims: claims, header: #"{"alg":"none","typ":"JWT"}"#)
        return Person(
            name: name, subject: subject, token: String(token[...(token.lastIndex(of: ".") ?? token.startIndex)]))
    }

    private func claims(_ subject: String, _ roles: [String], isExpired: Bool) -> [UInt8] {
        let expiry = isExpired ? clock.now() - Self.lifetime : clock.now() + Self.lifetime
        var claims = JSONWriter()
        claims.beginObject()
        if let audience {
            claims.name("aud")
            claims.string(audience)
        }
        claims.name("exp")
        claims.integer(expiry.milliseconds / 1000)
        if let issuer {
            claims.name("iss")
            claims.string(issuer)
        }
        claims.name(dynamic: profile.claim(.roles))
        claims.beginArray()
        for role in roles { claims.string(role) }
        claims.endArray()
        claims.name(dynamic: profile.claim(.subject))
        claims.string(subject)
        if profile.claim(.provider) != profile.claim(.subject) {
            claims.name(dynamic: profile.claim(.provider))
            claims.string(subject)
        }
        claims.endObject()
        return claims.bytes
    }
}
