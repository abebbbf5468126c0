import Bookings
import Crypto
import CryptoExtras
import FoundationEssentials
import SimulationKit

/// A key that signs tokens: the secret, or the private key of a published one.
enum SigningKey: Sendable {
    enum Algorithm: String, CaseIterable, Sendable {
        case hs256 = "HS256"
        case rs256 = "RS256"
        case es256 = "ES256"
        case edDSA = "EdDSA"
    }

    enum Fault: Error, Equatable {
        /// The input is not a private key for the algorithm.
        case noKey(Algorithm)
    }

    case secret([UInt8])
    case rsa(_RSA.Signing.PrivateKey)
    case p256(P256.Signing.PrivateKey)
    case ed25519(Curve25519.Signing.PrivateKey)

    /// Reads a PEM private key. Not for HS256, whose secret is not a PEM.
    init(_ algorithm: Algorithm, pem: String) throws(Fault) {
        let key: SigningKey? =
            switch algorithm {
            case .hs256: nil
            case .rs256: (try? _RSA.Signing.PrivateKey(pemRepresentation: pem)).map { .rsa($0) }
            case .es256: (try? P256.Signing.PrivateKey(pemRepresentation: pem)).map { .p256($0) }
            case .edDSA: Self.ed25519(pem: pem).map { .ed25519($0) }
            }
        guard let key else { throw .noKey(algorithm) }
        self = key
    }

    /// Generates a key.
    static func make(_ algorithm: Algorithm) throws -> SigningKey {
        switch algorithm {
        case .hs256: .secret(SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) })
        case .rs256: .rsa(try _RSA.Signing.PrivateKey(keySize: .bits2048))
        case .es256: .p256(P256.Signing.PrivateKey())
        case .edDSA: .ed25519(Curve25519.Signing.PrivateKey())
        }
    }

    /// Reads a PKCS #8 PEM (RFC 8410, section 7), which the library does not support; its last 32 bytes are the key.
    private static func ed25519(pem: String) -> Curve25519.Signing.PrivateKey? {
        let lines = pem.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("-----") }
        let prefix: [UInt8] = [
            0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
        ]
        guard let document = Data(base64Encoded: lines.joined(), options: .ignoreUnknownCharacters),
            document.count == 48, document.starts(with: prefix)
        else { return nil }
        return try? Curve25519.Signing.PrivateKey(rawRepresentation: Array(document.suffix(32)))
    }

    var algorithm: Algorithm {
        switch self {
        case .secret: .hs256
        case .rsa: .rs256
        case .p256: .es256
        case .ed25519: .edDSA
        }
    }

    private func signature(of signed: [UInt8]) throws -> [UInt8] {
        switch self {
        case .secret(let secret):
            Array(HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: secret)))
        case .rsa(let key): Array(try key.signature(for: signed, padding: .insecurePKCS1v1_5).rawRepresentation)
        case .p256(let key): Array(try key.signature(for: signed).rawRepresentation)
        case .ed25519(let key): Array(try key.signature(for: signed))
        }
    }

    /// Returns the token of a draft, with the flaw that the draft names.
    func sign(_ draft: TokenDraft, at now: Timestamp) throws -> String {
        let keyID = try publicMembers().map { Self.thumbprint(of: $0) }
        let header = draft.header(algorithm: algorithm.rawValue, keyID: keyID)
        let signed = Base64URL.encode(header.utf8) + "." + Base64URL.encode(draft.claims(at: now))
        return draft.corrupted(signed + "." + Base64URL.encode(try signature(of: Array(signed.utf8))))
    }
}

// MARK: - The public half

extension SigningKey {
    /// The members of the JSON Web Key that its thumbprint includes, sorted; `nil` for a secret.
    private func publicMembers() throws -> [(name: String, value: String)]? {
        switch self {
        case .secret: return nil
        case .rsa(let key):
            let numbers = try key.publicKey.getKeyPrimitives()
            return [
                ("e", Base64URL.encode(numbers.publicExponent)), ("kty", "RSA"),
                ("n", Base64URL.encode(numbers.modulus)),
            ]
        case .p256(let key):
            let point = key.publicKey.rawRepresentation
            return [
                ("crv", "P-256"), ("kty", "EC"), ("x", Base64URL.encode(point.prefix(32))),
                ("y", Base64URL.encode(point.suffix(32))),
            ]
        case .ed25519(let key):
            return [("crv", "Ed25519"), ("kty", "OKP"), ("x", Base64URL.encode(key.publicKey.rawRepresentation))]
        }
    }

    private static func object(_ members: [(name: String, value: String)]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        for member in members {
            writer.name(dynamic: member.name)
            writer.string(member.value)
        }
        writer.endObject()
        return writer.bytes
    }

    /// RFC 7638: the id depends on the key only.
    private static func thumbprint(of members: [(name: String, value: String)]) -> String {
        Base64URL.encode(SHA256.hash(data: object(members)))
    }

    /// The JSON Web Key Set that contains the public key only; `nil` for a secret, which is never published.
    func keySet() throws -> String? {
        guard let members = try publicMembers() else { return nil }
        let more = [
            (name: "alg", value: algorithm.rawValue), (name: "kid", value: Self.thumbprint(of: members)),
            (name: "use", value: "sig"),
        ]
        let key = Self.object((members + more).sorted { $0.name < $1.name })
        return #"{"keys":[\#(String(decoding: key, as: UTF8.self))]}"#
    }
}
