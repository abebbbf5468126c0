import Crypto

/// Makes cursors that show nothing, cannot be forged, and open only in the context they were made for.
///
/// A payload is sealed by a synthetic initialization vector (the construction of RFC 5297 with HMAC-SHA256 in place of
/// AES): the tag is a MAC over context and payload, and the payload is masked by a key stream drawn from the tag. The
/// same payload gives the same cursor on every replica.
package struct CursorCipher: Sendable {
    /// With their keys, before any data: copied for each cursor.
    private let tagMAC: HMAC<SHA256>
    private let maskMAC: HMAC<SHA256>
    private static let tagLength = 16
    private static let logContext: [UInt8] = Array("event log".utf8)

    /// `key`: 32 bytes that all replicas share, see `BookingStore.sealingKey()`.
    package init(key: [UInt8]) {
        let root = SymmetricKey(data: key)
        func derived(_ name: String) -> SymmetricKey {
            SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(name.utf8), using: root))
        }
        tagMAC = HMAC(key: derived("tag"))
        maskMAC = HMAC(key: derived("mask"))
    }

    /// Text of the characters of base64url (RFC 4648, section 5), without padding.
    package func seal(_ payload: [UInt8], context: [UInt8]) -> String {
        let tag = tag(of: payload, context: context)
        return Base64URL.encode(tag + masked(payload, by: tag))
    }

    /// The payload; nil when this key and context did not seal the text.
    package func open(_ text: String, context: [UInt8]) -> [UInt8]? {
        guard let sealed = Base64URL.decode(text), sealed.count >= Self.tagLength else { return nil }
        let tag = Array(sealed.prefix(Self.tagLength))
        let payload = masked(Array(sealed.dropFirst(Self.tagLength)), by: tag)
        let expected = self.tag(of: payload, context: context)
        let difference = zip(tag, expected).reduce(into: UInt8(0)) { $0 |= $1.0 ^ $1.1 }
        return difference == 0 ? payload : nil
    }

    /// The cursor of a place in the event log, the same for every caller.
    package func cursor(at position: LogPosition) -> String {
        let number = UInt64(bitPattern: position.number)
        return seal((0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }, context: Self.logContext)
    }

    /// The place that a cursor of the event log names; nil for a forged one.
    package func position(of cursor: String) -> LogPosition? {
        guard let payload = open(cursor, context: Self.logContext), payload.count == 8 else { return nil }
        return LogPosition(Int64(bitPattern: payload.reduce(0) { $0 << 8 | UInt64($1) }))
    }

    private func tag(of payload: [UInt8], context: [UInt8]) -> [UInt8] {
        var text = [UInt8(truncatingIfNeeded: context.count >> 8), UInt8(truncatingIfNeeded: context.count)]
        text.reserveCapacity(2 + context.count + payload.count)
        text += context
        text += payload
        var mac = tagMAC
        mac.update(data: text)
        return mac.finalize().withUnsafeBytes { [UInt8]($0[..<Self.tagLength]) }
    }

    private func masked(_ payload: [UInt8], by tag: [UInt8]) -> [UInt8] {
        var result = payload
        for block in stride(from: 0, to: payload.count, by: 32) {
            var mac = maskMAC
            mac.update(data: tag + [UInt8(truncatingIfNeeded: block / 32)])
            mac.finalize().withUnsafeBytes { mask in
                for place in block..<min(block + 32, payload.count) { result[place] ^= mask[place - block] }
            }
        }
        return result
    }
}
