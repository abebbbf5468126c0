import Bookings

/// A cache of two tiers: this process, then the Redis that all replicas share.
///
/// An entry carries the instant at which it expires, which is compared with the injected clock; Redis' own expiry only
/// removes garbage. An entry that this deployment did not write under its key is ignored.
package final class RedisCache: Cache {
    /// Larger entries stay in the process.
    private static let maximumSharedSize = 256 * 1024

    private let local = InProcessCache()
    private let connection: RedisConnection
    private let keyspace: RedisKeyspace
    private let clock: any WallClock

    init(connection: RedisConnection, keyspace: RedisKeyspace, clock: any WallClock) {
        self.connection = connection
        self.keyspace = keyspace
        self.clock = clock
    }

    /// Returns the value that any replica kept; `nil` also while Redis does not answer.
    package func value(for key: ByteString, at now: Timestamp) async -> [UInt8]? {
        if let value = ownValue(for: key, at: now) { return value }
        guard connection.isReady else { return nil }
        let name = keyspace.key(key.text)
        let replies = await connection.send([RedisCommand("GET", name)])
        guard let bytes = replies?.first?.bytes, let payload = keyspace.verify(bytes, key: name),
            let entry = Entry(payload), now < entry.expiry
        else { return nil }
        local.keep(entry.value, for: key, until: entry.expiry)
        return entry.value
    }

    /// Returns the value that this replica kept or got from another.
    package func ownValue(for key: ByteString, at now: Timestamp) -> [UInt8]? { local.ownValue(for: key, at: now) }

    /// Keeps the value in this process and, unless it is larger than 256 KiB, in Redis.
    package func keep(_ value: [UInt8], for key: ByteString, until instant: Timestamp) {
        local.keep(value, for: key, until: instant)
        let lifetime = clock.now().duration(to: instant).wholeMilliseconds
        guard connection.isReady, lifetime > 0, value.count <= Self.maximumSharedSize else { return }
        let name = keyspace.key(key.text)
        var command = RedisCommand("SET", name)
        command.append(keyspace.sign(Entry(value: value, expiry: instant).bytes, key: name))
        command.append("PX".utf8)
        command.append("\(lifetime)".utf8)
        connection.send(RedisRequest(commands: [command]) { _ in })
    }

    /// 8 bytes of the expiry in milliseconds, most significant first, then the value.
    private struct Entry {
        let value: [UInt8]
        let expiry: Timestamp

        init(value: [UInt8], expiry: Timestamp) {
            self.value = value
            self.expiry = expiry
        }

        init?(_ bytes: [UInt8]) {
            guard bytes.count >= 8 else { return nil }
            expiry = Timestamp(
                milliseconds: Int64(bitPattern: bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }))
            value = Array(bytes.dropFirst(8))
        }

        var bytes: [UInt8] {
            (0..<8).map { UInt8(truncatingIfNeeded: expiry.milliseconds >> (56 - 8 * Int64($0))) } + value
        }
    }
}
