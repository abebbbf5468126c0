import Crypto
import Synchronization

/// The names of this deployment's keys, and the tags that prove that their values were written by this deployment.
///
/// Names begin with a digest of the store's identity, so that two deployments on one Redis never see each other's.
/// Redis is not trusted: a value counts only with a tag that binds it to its key.
final class RedisKeyspace: Sendable {
    private struct State {
        var prefix = ""
        var mac: HMAC<SHA256>?
    }

    /// In bytes: HMAC-SHA-256 truncated to 128 bits (RFC 2104, section 5).
    static let tagLength = 16

    private let state = Mutex(State())

    /// Derives names and tags from a secret that all replicas of this deployment share. Before it is called no value
    /// can be signed or verified.
    func configure(identity: [UInt8]) {
        let digest = SHA256.hash(data: Array("bookings redis keyspace".utf8) + identity)
        let name = digest.prefix(12).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
        let key = HMAC<SHA256>.authenticationCode(
            for: Array("bookings redis entries".utf8), using: SymmetricKey(data: identity))
        state.withLock { $0 = State(prefix: "bookings:\(name):", mac: HMAC(key: SymmetricKey(data: key))) }
    }

    /// Returns the key of that name.
    func key(_ name: String) -> String { state.withLock { $0.prefix + name } }

    /// Returns the channel on which replicas announce how far the log reaches. Channels are shared by all databases of
    /// a Redis.
    func channel(database: Int) -> String { key("log:\(database)") }

    /// Returns the payload behind a tag over it and its key; nothing before `configure`.
    func sign(_ payload: [UInt8], key: String) -> [UInt8] {
        guard let tag = tag(of: payload, key: key) else { return [] }
        return tag + payload
    }

    /// Returns the payload; `nil` for what this deployment did not write under the key.
    func verify(_ signed: [UInt8], key: String) -> [UInt8]? {
        guard signed.count >= Self.tagLength else { return nil }
        let payload = Array(signed[Self.tagLength...])
        guard let tag = tag(of: payload, key: key) else { return nil }
        // In constant time, so that a wrong tag reveals nothing about the right one.
        let difference = zip(signed, tag).reduce(into: UInt8(0)) { $0 |= $1.0 ^ $1.1 }
        return difference == 0 ? payload : nil
    }

    private func tag(of payload: [UInt8], key: String) -> [UInt8]? {
        guard var mac = state.withLock(\.mac) else { return nil }
        // The length keeps key and payload apart.
        let length = UInt64(key.utf8.count)
        mac.update(data: (0..<8).map { UInt8(truncatingIfNeeded: length >> (56 - 8 * UInt64($0))) })
        mac.update(data: Array(key.utf8))
        mac.update(data: payload)
        return mac.finalize().withUnsafeBytes { [UInt8]($0[..<Self.tagLength]) }
    }
}
