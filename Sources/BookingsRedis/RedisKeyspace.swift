import Crypto
import Synchronization

/// The names of this deployment's keys: they begin with a digest of the store's identity, so that two deployments on
/// one Redis never see each other's.
final class RedisKeyspace: Sendable {
    private let prefix = Mutex("")

    func open(identity: [UInt8]) {
        let digest = SHA256.hash(data: Array("bookings redis keyspace".utf8) + identity)
        let name = digest.prefix(12).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
        prefix.withLock { $0 = "bookings:\(name):" }
    }

    func key(_ name: String) -> String { prefix.withLock { $0 + name } }

    /// Where replicas tell each other how far the log goes.
    var topic: String { key("log") }
}
