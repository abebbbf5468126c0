import Bookings

/// Positions of the event log as messages between the replicas of a deployment.
struct AnnouncementCodec: Sendable {
    let keyspace: RedisKeyspace
    /// The number of the Redis database.
    let database: Int

    /// The channel on which replicas publish.
    var channel: String { keyspace.channel(database: database) }

    /// Returns the message that the log reaches the position.
    func encode(_ head: LogPosition) -> [UInt8] {
        let number = UInt64(bitPattern: head.number)
        return keyspace.sign((0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }, key: channel)
    }

    /// Returns the position of a message; `nil` for what no replica of this deployment sent.
    func decode(_ message: [UInt8]) -> LogPosition? {
        guard let payload = keyspace.verify(message, key: channel), payload.count == 8 else { return nil }
        let number = Int64(bitPattern: payload.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        return number >= 0 ? LogPosition(number) : nil
    }
}
