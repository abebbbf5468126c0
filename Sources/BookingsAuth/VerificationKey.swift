import Bookings
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
    let id: ByteString?
    let key: VerificationKey

    /// Why a JSON Web Key is not taken.
    struct PassedOver: Error, Hashable, Sendable {
        let reason: String
    }

    /// Reads a JSON Web Key (RFC 7517, 7518, 8037). Throws for whatever is no public key for signatures of RS256, ES256
    /// or EdDSA; a symmetric key in a published set is never taken.
    init(_ json: JSONValue) throws(PassedOver) {
        guard case .object = json, !json.hasDuplicateMembers else {
            throw PassedOver(reason: "a key must be a JSON object whose names are unique")
        }
        if let use = json["use"], use.string != "sig" { throw PassedOver(reason: "use is not sig") }
        if let operations = json["key_ops"] {
            guard case .array(let names) = operations, names.contains(.string("verify")) else {
                throw PassedOver(reason: "key_ops does not hold verify")
            }
        }
        if let id = json["kid"], id.string == nil { throw PassedOver(reason: "kid is not a string") }
        id = json["kid"]?.string.map { ByteString($0) }
        key = try Self.key(json)
        if let algorithm = json["alg"], algorithm.string != key.algorithm {
            throw PassedOver(reason: "alg is not \(key.algorithm)")
        }
    }

    private static func key(_ json: JSONValue) throws(PassedOver) -> VerificationKey {
        switch (json["kty"]?.string, json["crv"]?.string) {
        case ("RSA", nil):
            let (n, e) = (try bytes("n", of: json), try bytes("e", of: json))
            guard let key = try? _RSA.Signing.PublicKey(n: n, e: e) else {
                throw PassedOver(reason: "n and e are no RSA key of 2048 bits or more")
            }
            return .rsa(key)
        case ("EC", "P-256"):
            let (x, y) = (try bytes("x", of: json), try bytes("y", of: json))
            guard x.count == 32, y.count == 32, let key = try? P256.Signing.PublicKey(rawRepresentation: x + y) else {
                throw PassedOver(reason: "x and y are no point of P-256, 32 bytes each")
            }
            return .p256(key)
        case ("OKP", "Ed25519"):
            guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes("x", of: json)) else {
                throw PassedOver(reason: "x is no key of Ed25519")
            }
            return .ed25519(key)
        default: throw PassedOver(reason: "kty and crv are not RSA, EC with P-256, or OKP with Ed25519")
        }
    }

    /// Base64url without padding, as RFC 7518 has it; the padding that some publishers write is tolerated.
    private static func bytes(_ name: String, of json: JSONValue) throws(PassedOver) -> [UInt8] {
        guard let bytes = json[name]?.string.flatMap({ Base64URL.decode(paddedOrNot: $0) }) else {
            throw PassedOver(reason: "\(name) is not base64url")
        }
        return bytes
    }

    /// The keys of a set, and why others are passed over: a line each, by their place in the set, counted from 1.
    struct KeySet: Sendable {
        var keys: [PublishedKey] = []
        var passedOver: [String] = []
    }

    /// Nil when the text is no key set.
    static func set(_ document: [UInt8]) -> KeySet? {
        guard case .array(let keys)? = (try? JSONValue.parse(document))?["keys"] else { return nil }
        var set = KeySet()
        for (index, json) in keys.enumerated() {
            do throws(PassedOver) {
                set.keys.append(try PublishedKey(json))
            } catch {
                set.passedOver.append("key \(index + 1): \(error.reason)")
            }
        }
        return set
    }
}
