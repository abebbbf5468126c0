import Crypto
import CryptoExtras

/// A key that verifies signatures. It decides the algorithm (RFC 8725, section 3.1); a token only names it.
enum VerificationKey: Sendable {
    case secret(SymmetricKey)
    case rsa(_RSA.Signing.PublicKey)
    case p256(P256.Signing.PublicKey)
    case ed25519(Curve25519.Signing.PublicKey)

    /// The one name by which a token may call for this key.
    var algorithm: String {
        switch self {
        case .secret: "HS256"
        case .rsa: "RS256"
        case .p256: "ES256"
        case .ed25519: "EdDSA"
        }
    }

    func accepts(_ signature: [UInt8], of signed: [UInt8]) -> Bool {
        switch self {
        case .secret(let key): HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: signed, using: key)
        case .rsa(let key):
            key.isValidSignature(.init(rawRepresentation: signature), for: signed, padding: .insecurePKCS1v1_5)
        case .p256(let key):
            (try? P256.Signing.ECDSASignature(rawRepresentation: signature))
                .map { key.isValidSignature($0, for: signed) } ?? false
        case .ed25519(let key): key.isValidSignature(signature, for: signed)
        }
    }
}

/// A public key of a key set, with the id by which tokens name it.
struct PublishedKey: Sendable {
    let id: String?
    let key: VerificationKey

    /// Reads a JSON Web Key (RFC 7517, 7518, 8037). Nil for whatever is no public key for signatures of RS256, ES256
    /// or EdDSA; a symmetric key in a published set is never taken.
    init?(_ json: JSONValue) {
        if let use = json["use"], use.string != "sig" { return nil }
        guard let key = Self.key(json) else { return nil }
        if let algorithm = json["alg"], algorithm.string != key.algorithm { return nil }
        id = json["kid"]?.string
        self.key = key
    }

    private static func key(_ json: JSONValue) -> VerificationKey? {
        func bytes(_ name: String) -> [UInt8]? { json[name]?.string.flatMap { Base64URL.decode($0) } }
        switch (json["kty"]?.string, json["crv"]?.string) {
        case ("RSA", nil):
            guard let n = bytes("n"), let e = bytes("e") else { return nil }
            return (try? _RSA.Signing.PublicKey(n: n, e: e)).map { .rsa($0) }
        case ("EC", "P-256"):
            guard let x = bytes("x"), let y = bytes("y") else { return nil }
            return (try? P256.Signing.PublicKey(rawRepresentation: x + y)).map { .p256($0) }
        case ("OKP", "Ed25519"):
            return bytes("x").flatMap { try? Curve25519.Signing.PublicKey(rawRepresentation: $0) }.map { .ed25519($0) }
        default: return nil
        }
    }

    /// The keys of a set that count; nil when the text is no key set.
    static func set(_ document: [UInt8]) -> [PublishedKey]? {
        guard case .array(let keys)? = (try? JSONValue.parse(document))?["keys"] else { return nil }
        return keys.compactMap { PublishedKey($0) }
    }
}
