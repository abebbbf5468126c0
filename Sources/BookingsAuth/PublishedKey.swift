import Bookings
import JWTKit

/// A public key of a published key set, with the id by which tokens name it.
struct PublishedKey: Sendable {
    /// The member `kid`, compared by bytes; `nil` when the key has none.
    let id: ByteString?
    let key: VerificationKey

    /// The reason why a JSON Web Key is not used, for the log.
    struct Rejection: Error, Hashable, Sendable {
        let reason: String

        init(_ reason: String) { self.reason = reason }
    }

    /// Reads a JSON Web Key (RFC 7517, RFC 7518, RFC 8037).
    ///
    /// - Throws: `Rejection` for everything but a public key for signatures of RS256, ES256 or EdDSA. A symmetric key
    ///   in a published set is never used: everyone who can read the set could sign tokens.
    init(_ json: JSONValue) async throws(Rejection) {
        guard case .object = json, !json.hasDuplicateMembers else {
            throw Rejection("a key must be a JSON object whose member names are unique")
        }
        if let use = json["use"], use.string != "sig" { throw Rejection("use is not sig") }
        if let operations = json["key_ops"] {
            guard case .array(let names) = operations, names.contains(.string("verify")) else {
                throw Rejection("key_ops does not contain verify")
            }
        }
        if let id = json["kid"], id.string == nil { throw Rejection("kid is not a string") }
        id = json["kid"]?.string.map { ByteString($0) }
        key = try await Self.key(json)
        if let algorithm = json["alg"], algorithm.string != key.algorithm {
            throw Rejection("alg is not \(key.algorithm)")
        }
    }

    private static func key(_ json: JSONValue) async throws(Rejection) -> VerificationKey {
        let (jwk, reason): (JWK, String)
        switch (json["kty"]?.string, json["crv"]?.string) {
        case ("RSA", nil):
            let (n, e) = (try number("n", of: json), try number("e", of: json))
            jwk = .rsa(.rs256, identifier: nil, modulus: n.base64URL, exponent: e.base64URL)
            reason = "n and e are not an RSA key of 2048 bits or more"
        case ("EC", "P-256"):
            let (x, y) = (try number("x", of: json), try number("y", of: json))
            reason = "x and y are not a point of P-256, 32 bytes each"
            guard x.byteCount == 32, y.byteCount == 32 else { throw Rejection(reason) }
            jwk = .ecdsa(.es256, identifier: nil, x: x.base64URL, y: y.base64URL, curve: .p256)
        case ("OKP", "Ed25519"):
            let x = try number("x", of: json)
            jwk = .octetKeyPair(.eddsa, identifier: nil, x: x.base64URL, y: nil, curve: .ed25519)
            reason = "x is not a key of Ed25519"
        default: throw Rejection("kty and crv are not RSA, EC with P-256, or OKP with Ed25519")
        }
        do { return try await VerificationKey(jwk) } catch { throw Rejection(reason) }
    }

    /// Returns a member in base64url without padding, as RFC 7518 has it. The padding that some publishers write is
    /// tolerated; other characters, which JWTKit would let pass, are not.
    private static func number(
        _ name: String, of json: JSONValue
    ) throws(Rejection) -> (base64URL: String, byteCount: Int) {
        guard let bytes = json[name]?.string.flatMap({ Base64URL.decode(paddedOrNot: $0) }) else {
            throw Rejection("\(name) is not base64url")
        }
        return (Base64URL.encode(bytes), bytes.count)
    }
}

/// The usable keys of a JSON Web Key Set (RFC 7517, section 5).
struct PublishedKeySet: Sendable {
    private(set) var keys: [PublishedKey] = []
    /// Why the others are not used, a line each, by their position in the set counted from 1.
    private(set) var rejections: [String] = []

    /// Returns `nil` when `document` is not a key set.
    init?(_ document: [UInt8]) async {
        guard case .array(let elements)? = (try? JSONValue.parse(document))?["keys"] else { return nil }
        for (index, element) in elements.enumerated() {
            do throws(PublishedKey.Rejection) {
                keys.append(try await PublishedKey(element))
            } catch {
                rejections.append("key \(index + 1): \(error.reason)")
            }
        }
    }
}
