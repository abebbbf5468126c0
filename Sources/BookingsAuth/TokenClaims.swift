import Bookings

/// The claims of a token that the service uses (RFC 7519, section 4.1), checked for their types but not against the
/// time or the configuration.
struct TokenClaims: Sendable {
    /// `sub`.
    let subject: Subject
    /// The known names among `roles`; unknown ones are ignored.
    let roles: Set<Role>
    /// `provider_id`, or the subject when that is a UUID; `nil` when neither names a provider.
    let providerID: ProviderID?
    /// `exp`.
    let expiresAt: Timestamp
    /// `nbf`; `nil` when it is missing.
    let notBefore: Timestamp?
    /// `iss`; `nil` when it is missing.
    let issuer: ByteString?
    /// `aud`, empty when it is missing.
    let audience: [ByteString]

    /// - Throws: `TokenError.invalid` with the name of the first claim that is missing or of the wrong type.
    init(_ json: JSONValue) throws(TokenError) {
        guard case .object = json, !json.hasDuplicateMembers else {
            throw .invalid("The claims of the token must be a JSON object whose member names are unique.")
        }
        guard let subject = json["sub"]?.string.flatMap({ Subject($0) }) else {
            throw .invalid("The claim sub must be a string of 1 to 255 characters.")
        }
        self.subject = subject
        roles = try Self.roles(json["roles"])
        guard let expiresAt = try Self.instant(json["exp"], "exp") else { throw .invalid("The claim exp is required.") }
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

    /// Returns the instant of a NumericDate, which is a number of seconds and may have a fraction. The bound keeps the
    /// conversion to milliseconds in range.
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
            let audiences = elements.compactMap(\.string)
            guard audiences.count == elements.count else {
                throw .invalid("The claim aud must be a string or an array of strings.")
            }
            return audiences.map { ByteString($0) }
        default: throw .invalid("The claim aud must be a string or an array of strings.")
        }
    }

    private static func provider(_ claim: JSONValue?) throws(TokenError) -> ProviderID? {
        guard let claim else { return nil }
        guard let id = claim.string.flatMap({ ProviderID($0) }) else {
            throw .invalid("The claim provider_id must be a UUID.")
        }
        return id
    }
}
