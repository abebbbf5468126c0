import Bookings
import Crypto
import FoundationEssentials

/// A signing key of the run (ES256), as a function of the seed and its name, which is its `kid`.
struct KeyPair: Sendable {
    let name: String
    private let key: P256.Signing.PrivateKey

    init(_ name: String, seed: UInt64) {
        self.name = name
        var random = SeededGenerator(seed: seed, for: "key/\(name)")
        var key: P256.Signing.PrivateKey?
        // Nearly every sequence of 32 bytes is a key.
        while key == nil { key = try? P256.Signing.PrivateKey(rawRepresentation: Self.bytes(&random)) }
        self.key = key ?? P256.Signing.PrivateKey()
    }

    private static func bytes(_ random: inout SeededGenerator) -> [UInt8] {
        (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }

    /// Returns a JSON Web Key Set (RFC 7517, section 5) of public keys.
    static func document(_ keys: [KeyPair]) -> String {
        JSONValue.object([JSONMember(name: "keys", value: .array(keys.map(\.publicKey)))]).text
    }

    private var publicKey: JSONValue {
        let point = key.publicKey.rawRepresentation
        let members = [
            ("crv", "P-256"), ("kid", name), ("kty", "EC"), ("x", Base64URL.encode(point.prefix(32))),
            ("y", Base64URL.encode(point.suffix(32))),
        ]
        return .object(members.map { JSONMember(name: $0.0, value: .string($0.1)) })
    }

    /// Returns the token of an admin that the key has signed.
    func token(subject: Subject, audience: String?, at now: Timestamp) -> String {
        let draft = TokenDraft(subject: subject.text, roles: [Role.admin.rawValue], audience: audience)
        let header = draft.header(algorithm: "ES256", keyID: name)
        let signed = Base64URL.encode(header.utf8) + "." + Base64URL.encode(draft.claims(at: now))
        let signature = try? key.signature(for: Array(signed.utf8)).rawRepresentation
        return signed + "." + (signature.map { Base64URL.encode($0) } ?? "")
    }
}
