import Bookings

/// The claims of a token that the service looks at, read strictly (RFC 7519, section 4.1).
struct TokenClaims: Sendable {
    let subject: Subject
    let roles: Set<Role>
    let providerID: ProviderID?
    let expiresAt: Timestamp
    let notBefore: Timestamp?
    let issuer: ByteString?
    let audience: [ByteString]

    init(_ json: JSONValue) throws(TokenError) {
        guard case .object = json, !json.hasDuplicateMembers else {
            throw .invalid("The token's claims must be a JSON object whose names are unique.")
        }
        guard let text = json["sub"]?.string, let subject = Subject(text) else {
            throw .invalid("The claim sub must be a string of 1 to 255 characters.")
        }
        self.subject = subject
        roles = try Self.roles(json["roles"])
        guard let expiresAt = try Self.instant(json["exp"], "exp") else { throw .invalid("The claim exp is missing.") }
        self.expiresAt = expiresAt
        notBefore = try Self.instant(json["nbf"], "nbf")
        _ = try Self.instant(json["iat"], "iat")
        if let claim = json["iss"], claim.string == nil { throw .invalid("The claim iss must be a string.") }
        issuer = json["iss"]?.string.map { ByteString($0) }
        audience = try Self.audience(json["aud"])
        providerID = try Self.provider(json["provider_id"]) ?? ProviderID(subject.text)
    }

    private static func roles(_ claim: JSONValue?) throws(TokenError) -> Set<Role> {
        guard case .array(let elements)? = claim else { throw .invalid("The claim roles must be an array of strings.") }
        var roles: Set<Role> = []
        for element in elements {
            guard let name = element.string else { throw .invalid("The claim roles must be an array of strings.") }
            if let role = Role(rawValue: name) { roles.insert(role) }
        }
        return roles
    }

    /// A NumericDate: seconds, fractions allowed.
    private static func instant(_ claim: JSONValue?, _ name: String) throws(TokenError) -> Timestamp? {
        guard let claim else { return nil }
        guard let seconds = claim.double, seconds.isFinite, abs(seconds) < 1e14 else {
            throw .invalid("The claim \(name) must be a number of seconds.")
        }
        return Timestamp(milliseconds: Int64(seconds * 1000))
    }

    private static func audience(_ claim: JSONValue?) throws(TokenError) -> [ByteString] {
        switch claim {
        case nil: return []
        case .string(let audience)?: return [ByteString(audience)]
        case .array(let elements)?:
            let texts = elements.compactMap(\.string)
            guard texts.count == elements.count else {
                throw .invalid("The claim aud must be a string or an array of strings.")
            }
            return texts.map { ByteString($0) }
        default: throw .invalid("The claim aud must be a string or an array of strings.")
        }
    }

    private static func provider(_ claim: JSONValue?) throws(TokenError) -> ProviderID? {
        guard let claim else { return nil }
        guard let text = claim.string, let id = ProviderID(text) else {
            throw .invalid("The claim provider_id must be a UUID.")
        }
        return id
    }
}
