import Bookings
import Crypto
import Synchronization

/// The names of this deployment's keys, and the proof that what lies under them was written by this deployment.
///
/// Names begin with a digest of the store's identity, so that two deployments on one Redis never see each other's.
/// Redis itself is not trusted: what is read counts only with a tag that binds it to its name.
final class RedisKeyspace: Sendable {
    private struct State {
        var prefix = ""
        var mac: HMAC<SHA256>?
    }

    static let tagLength = 16

    private let state = Mutex(State())

    /// `identity`: a secret of this deployment, the same for all of its replicas.
    func open(identity: [UInt8]) {
        let digest = SHA256.hash(data: Array("bookings redis keyspace".utf8) + identity)
        let name = digest.prefix(12).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
        let key = HMAC<SHA256>.authenticationCode(
            for: Array("bookings redis entries".utf8), using: SymmetricKey(data: identity))
        state.withLock { $0 = State(prefix: "bookings:\(name):", mac: HMAC(key: SymmetricKey(data: key))) }
    }

    func key(_ name: String) -> String { state.withLock { $0.prefix + name } }

    /// Where replicas tell each other how far the log goes. Subscriptions know no database numbers.
    func topic(database: Int) -> String { key("log:\(database)") }

    /// The payload behind a tag over it and its key.
    func seal(_ payload: [UInt8], as key: String) -> [UInt8] {
        guard let tag = tag(of: payload, as: key) else { return [] }
        return tag + payload
    }

    /// The payload; nil for what this deployment did not write under this key.
    func open(_ sealed: [UInt8], as key: String) -> [UInt8]? {
        guard sealed.count >= Self.tagLength else { return nil }
        let payload = Array(sealed[Self.tagLength...])
        guard let tag = tag(of: payload, as: key) else { return nil }
        let difference = zip(sealed, tag).reduce(into: UInt8(0)) { $0 |= $1.0 ^ $1.1 }
        return difference == 0 ? payload : nil
    }

    private func tag(of payload: [UInt8], as key: String) -> [UInt8]? {
        guard var mac = state.withLock(\.mac) else { return nil }
        let length = UInt64(key.utf8.count)
        mac.update(data: (0..<8).map { UInt8(truncatingIfNeeded: length >> (56 - 8 * UInt64($0))) })
        mac.update(data: Array(key.utf8))
        mac.update(data: payload)
        return mac.finalize().withUnsafeBytes { [UInt8]($0[..<Self.tagLength]) }
    }
}
