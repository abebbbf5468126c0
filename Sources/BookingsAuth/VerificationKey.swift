import Bookings
import Crypto
import FoundationEssentials
import JWTKit

/// A key that verifies signatures, with the one algorithm that it is for (RFC 8725, section 3.1): a token only names
/// an algorithm, it does not choose one.
struct VerificationKey: Sendable {
    private let signer: any JWTAlgorithm

    /// The value of `alg` by which a token refers to this key.
    var algorithm: String { signer.name }

    /// Creates a key for HS256.
    init(secret: [UInt8]) {
        signer = HS256(secret: secret)
    }

    /// Creates a key for the algorithm of a public JSON Web Key.
    ///
    /// - Throws: An error of JWTKit for members that are no key of that type.
    init(_ jwk: JWK) async throws {
        // A collection of its own for each key: those of JWTKit compare key ids as strings, and hold one key for each.
        var jwk = jwk
        jwk.keyIdentifier = "key"
        signer = try await JWTKeyCollection().add(jwk: jwk).getKey(for: "key")
    }

    /// Returns whether this key made `signature` over `input`.
    func verify(_ signature: [UInt8], signs input: [UInt8]) -> Bool {
        // A signature that is malformed for the algorithm throws.
        (try? signer.verify(signature, signs: input)) ?? false
    }
}

/// HMAC with SHA-256 (RFC 7518, section 3.2). JWTKit hands out its own one only through an actor, which an initializer
/// cannot wait for.
struct HS256: JWTAlgorithm {
    let name = "HS256"
    private let key: SymmetricKey

    /// - Parameter secret: At least 32 bytes for security; the size is not checked here.
    init(secret: [UInt8]) {
        key = SymmetricKey(data: secret)
    }

    func sign(_ plaintext: some DataProtocol) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: plaintext, using: key))
    }

    func verify(_ signature: some DataProtocol, signs plaintext: some DataProtocol) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(Array(signature), authenticating: plaintext, using: key)
    }
}
