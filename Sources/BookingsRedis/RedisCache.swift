import Bookings

/// A cache of two tiers: this process, then the Redis of all replicas.
///
/// The instant until which an entry counts lies in the entry and is held against the injected clock; Redis' own expiry
/// only collects garbage. An entry that this deployment did not write under this key is none.
package final class RedisCache: Cache {
    /// Larger entries stay in the process.
    private static let largestShared = 256 * 1024

    private let near = InProcessCache()
    private let link: RedisLink
    private let keyspace: RedisKeyspace
    private let clock: any WallClock

    init(link: RedisLink, keyspace: RedisKeyspace, clock: any WallClock) {
        self.link = link
        self.keyspace = keyspace
        self.clock = clock
    }

    package func value(for key: ByteString, at now: Timestamp) async -> [UInt8]? {
        if let value = await near.value(for: key, at: now) { return value }
        guard link.isUp else { return nil }
        let name = keyspace.key(key.text)
        let replies = await link.send([RedisCommand("GET", name)])
        guard let bytes = replies?.first?.bytes, let entry = keyspace.open(bytes, as: name).flatMap({ Entry($0) }),
            now < entry.until
        else { return nil }
        near.keep(entry.value, for: key, until: entry.until)
        return entry.value
    }

    package func keep(_ value: [UInt8], for key: ByteString, until instant: Timestamp) {
        near.keep(value, for: key, until: instant)
        let life = clock.now().duration(to: instant).wholeMilliseconds
        guard link.isUp, life > 0, value.count <= Self.largestShared else { return }
        let name = keyspace.key(key.text)
        var command = RedisCommand("SET", name)
        command.append(keyspace.seal(Entry(value: value, until: instant).bytes, as: name))
        command.append("PX".utf8)
        command.append("\(life)".utf8)
        link.post(RedisRequest(commands: [command]) { _ in })
    }

    /// 8 bytes of the instant's milliseconds, most significant first, then the value.
    private struct Entry {
        let value: [UInt8]
        let until: Timestamp

        init(value: [UInt8], until: Timestamp) {
            self.value = value
            self.until = until
        }

        init?(_ bytes: [UInt8]) {
            guard bytes.count >= 8 else { return nil }
            until = Timestamp(
                milliseconds: Int64(bitPattern: bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }))
            value = Array(bytes.dropFirst(8))
        }

        var bytes: [UInt8] {
            (0..<8).map { UInt8(truncatingIfNeeded: until.milliseconds >> (56 - 8 * Int64($0))) } + value
        }
    }
}
