import Bookings

/// A JSON Web Token in its compact form (RFC 7515, section 3.1), split and decoded, with its signature not verified.
///
/// It is read by hand and not by JWTKit, which accepts duplicate members, base64 with other characters, and a header
/// with critical extensions.
struct SignedToken {
    /// The largest token that is read, in bytes.
    static let maximumBytes = 16 * 1024

    let header: JSONValue
    let claims: JSONValue
    let signature: [UInt8]
    /// The bytes that are signed: encoded header, period, encoded claims.
    let signingInput: [UInt8]

    /// - Throws: `TokenError.invalid` for a malformed token, and for a header that must not be processed.
    init(_ token: String) throws(TokenError) {
        guard token.utf8.count <= Self.maximumBytes else { throw .invalid("The token is too long.") }
        let parts = token.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map {
            Substring($0)
        }
        guard parts.count == 3, let header = Self.json(parts[0]), let claims = Self.json(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else { throw .invalid("The token is not a JSON Web Token.") }
        guard case .object = header, !header.hasDuplicateMembers else {
            throw .invalid("The header of the token must be a JSON object whose member names are unique.")
        }
        guard header["crit"] == nil else { throw .invalid("The header of the token has critical extensions.") }
        (self.header, self.claims, self.signature) = (header, claims, signature)
        signingInput = Array(token.utf8.prefix(parts[0].utf8.count + 1 + parts[1].utf8.count))
    }

    /// The value of `alg`; empty when it is missing or not a string.
    var algorithm: String { header["alg"]?.string ?? "" }

    /// Returns the value of `kid`, which is compared by bytes, or `nil` when it is missing.
    func keyID() throws(TokenError) -> ByteString? {
        guard let id = header["kid"] else { return nil }
        guard let id = id.string else { throw .invalid("The kid of the token must be a string.") }
        return ByteString(id)
    }

    private static func json(_ part: Substring) -> JSONValue? {
        Base64URL.decode(part).flatMap { try? JSONValue.parse($0) }
    }
}
