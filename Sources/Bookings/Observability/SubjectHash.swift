import Crypto

/// Replaces subjects in logs and exports: lines of one subject can be found together, and show nothing of it.
///
/// It is a keyed hash (HMAC-SHA-256, RFC 2104), since subjects can be guessed: a hash without a key could be compared with
/// that of any name.
package struct SubjectHash: Sendable {
    /// The bytes of the result: enough to tell all subjects of a service apart.
    private static let length = 16
    private let key: SymmetricKey

    /// Derives the key (HKDF, RFC 5869) from the 32 bytes that all replicas share, so that a subject has the same hash on
    /// every replica and after a restart.
    ///
    /// - Parameter key: The result of `BookingStore.sealingKey()`.
    package init(key: [UInt8]) {
        self.key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: key), info: Array("subject in logs".utf8), outputByteCount: 32)
    }

    /// Returns 32 hexadecimal digits that stand for the subject.
    package func callAsFunction(_ subject: Subject) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Array(subject.text.utf8), using: key)
        return code.prefix(Self.length).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
