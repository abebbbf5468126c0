import Crypto

/// Encrypts the signing secrets of webhooks for the store, when the operator has set `SECRETS_KEY` (AES-256-GCM).
///
/// The first byte of the stored form says whether the rest is encrypted, so that secrets from before the key was set can
/// still be read. Each is bound to its webhook.
package struct SecretCipher: Sendable {
    /// The length of a new secret in bytes.
    package static let secretLength = 32

    private enum Form: UInt8 {
        case plain = 0
        case encrypted = 1
    }

    private let key: SymmetricKey?

    /// Creates a cipher.
    ///
    /// - Parameter key: `SECRETS_KEY`, from which the key is derived (HKDF, RFC 5869); `nil` stores secrets as they are.
    package init(key: [UInt8]?) {
        self.key = key.map { key in
            HKDF<SHA256>.deriveKey(
                inputKeyMaterial: SymmetricKey(data: key), info: Array("webhook secret".utf8), outputByteCount: 32)
        }
    }

    /// Returns the stored form of a secret.
    ///
    /// - Parameter nonce: Random bits, of which 96 are used (NIST SP 800-38D, section 8.2).
    package func seal(_ secret: [UInt8], of webhook: WebhookID, nonce: RandomBits) -> [UInt8] {
        guard let key else { return [Form.plain.rawValue] + secret }
        do {
            let box = try AES.GCM.seal(
                secret, using: key, nonce: .init(data: nonce.bytes.prefix(12)),
                authenticating: Array(webhook.description.utf8))
            return [Form.encrypted.rawValue] + Array(box.nonce) + box.ciphertext + box.tag
        } catch {
            // The sizes of key and nonce are constants.
            preconditionFailure("A secret could not be encrypted: \(error).")
        }
    }

    /// Returns the secrets that sign deliveries at `now`, the newest first; empty when the newest cannot be decrypted.
    package func secrets(of webhook: WebhookEndpoint, at now: Timestamp) -> [[UInt8]] {
        guard let secret = open(webhook.secret, of: webhook.id) else { return [] }
        guard let previous = webhook.previousSecret, now < previous.expiresAt,
            let old = open(previous.secret, of: webhook.id)
        else { return [secret] }
        return [secret, old]
    }

    /// Returns the secret, or `nil` when it was encrypted with another key or for another webhook.
    package func open(_ stored: [UInt8], of webhook: WebhookID) -> [UInt8]? {
        guard let first = stored.first, let form = Form(rawValue: first) else { return nil }
        switch form {
        case .plain: return Array(stored.dropFirst())
        case .encrypted:
            guard let key, let box = try? AES.GCM.SealedBox(combined: stored.dropFirst()),
                let secret = try? AES.GCM.open(box, using: key, authenticating: Array(webhook.description.utf8))
            else { return nil }
            return Array(secret)
        }
    }
}
