import Crypto
import CryptoExtras

/// Encrypts cursors, so that they show nothing, cannot be forged, and open only in the context they were made for.
///
/// The cipher is AES-256-GCM-SIV (RFC 8452) under a constant nonce. It stays secure when a nonce is used again: all
/// that equal cursors show is that their payloads and contexts are equal. So the same payload gives the same cursor on
/// every replica, and a cursor carries no nonce.
package struct CursorCipher: Sendable {
    private let key: SymmetricKey
    private static let nonce = [UInt8](repeating: 0, count: 12)
    private static let logContext: [UInt8] = Array("event log".utf8)

    /// Derives the key of cursors (HKDF, RFC 5869) from the 32 bytes that all replicas share.
    ///
    /// - Parameter key: The result of `BookingStore.sealingKey()`.
    package init(key: [UInt8]) {
        self.key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: key), info: Array("cursor".utf8), outputByteCount: 32)
    }

    /// Returns ciphertext and tag of `payload` in base64url (RFC 4648, section 5) without padding.
    ///
    /// - Parameter context: What the cursor belongs to, as associated data: `open` needs the same bytes.
    package func seal(_ payload: [UInt8], context: [UInt8]) -> String {
        do {
            let box = try AES.GCM._SIV.seal(
                payload, using: key, nonce: .init(data: Self.nonce), authenticating: context)
            return Base64URL.encode(box.combined.dropFirst(Self.nonce.count))
        } catch {
            // Sizes of key and nonce are the only things that the cipher can refuse, and both are constants.
            preconditionFailure("A cursor could not be encrypted: \(error).")
        }
    }

    /// Returns the payload, or `nil` when `cursor` was not made with this key and context.
    package func open(_ cursor: String, context: [UInt8]) -> [UInt8]? {
        guard let sealed = Base64URL.decode(cursor),
            let box = try? AES.GCM._SIV.SealedBox(combined: Self.nonce + sealed),
            let payload = try? AES.GCM._SIV.open(box, using: key, authenticating: context)
        else { return nil }
        return [UInt8](payload)
    }

    /// Returns the cursor of a position in the event log, which is the same for every caller.
    package func cursor(at position: LogPosition) -> String {
        let number = UInt64(bitPattern: position.number)
        return seal((0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }, context: Self.logContext)
    }

    /// Returns the position that a cursor of the event log holds, or `nil` for a forged one.
    package func position(of cursor: String) -> LogPosition? {
        guard let payload = open(cursor, context: Self.logContext), payload.count == 8 else { return nil }
        return LogPosition(Int64(bitPattern: payload.reduce(0) { $0 << 8 | UInt64($1) }))
    }
}
