import Bookings
import Synchronization

/// Announces over all replicas of a deployment. This process hears itself at once, without the way through Redis.
package final class RedisEventBus: EventBus {
    private struct Outgoing {
        var newest: LogPosition?
        /// The newest place that was announced here at all.
        var last: LogPosition?
        var isUnderWay = false
    }

    private let commands: RedisLink
    private let subscription: RedisLink
    private let announcements: Announcements
    private let listeners: Listeners
    private let outgoing = Mutex(Outgoing())

    init(commands: RedisLink, subscription: RedisLink, announcements: Announcements, listeners: Listeners) {
        self.commands = commands
        self.subscription = subscription
        self.announcements = announcements
        self.listeners = listeners
    }

    package var isConnected: Bool { commands.isUp && subscription.isUp }

    package func listen(_ listener: @escaping @Sendable (LogPosition) -> Void) {
        listeners.add(listener)
    }

    /// One announcement is under way at a time; those that come meanwhile are one, of the newest place.
    package func announce(_ head: LogPosition) {
        listeners.call(head)
        let isFirst = outgoing.withLock { outgoing in
            outgoing.newest = max(outgoing.newest ?? head, head)
            outgoing.last = max(outgoing.last ?? head, head)
            defer { outgoing.isUnderWay = true }
            return !outgoing.isUnderWay
        }
        if isFirst { publish() }
    }

    /// The way to Redis was gone, and is there again: what was announced meanwhile reached nobody else, although the
    /// others may have been listening all the time.
    func announceAgain() {
        let isFirst = outgoing.withLock { outgoing in
            guard let last = outgoing.last else { return false }
            outgoing.newest = last
            defer { outgoing.isUnderWay = true }
            return !outgoing.isUnderWay
        }
        if isFirst { publish() }
    }

    private func publish() {
        let newest = outgoing.withLock { outgoing in
            defer { outgoing.newest = nil }
            outgoing.isUnderWay = outgoing.newest != nil
            return outgoing.newest
        }
        guard let newest else { return }
        var command = RedisCommand("PUBLISH", announcements.topic)
        command.append(announcements.message(of: newest))
        commands.post(RedisRequest(commands: [command]) { [weak self] _ in self?.publish() })
    }
}

/// Who is told of announcements.
final class Listeners: Sendable {
    private let all = Mutex<[@Sendable (LogPosition) -> Void]>([])

    func add(_ listener: @escaping @Sendable (LogPosition) -> Void) {
        all.withLock { $0.append(listener) }
    }

    func call(_ head: LogPosition) {
        for listener in all.withLock({ $0 }) { listener(head) }
    }
}

/// Places of the log as messages between replicas.
struct Announcements: Sendable {
    let keyspace: RedisKeyspace
    /// The number of the Redis database.
    let database: Int

    var topic: String { keyspace.topic(database: database) }

    func message(of head: LogPosition) -> [UInt8] {
        let number = UInt64(bitPattern: head.number)
        return keyspace.seal((0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }, as: topic)
    }

    /// Nil for what no replica of this deployment sent.
    func head(in message: [UInt8]) -> LogPosition? {
        guard let payload = keyspace.open(message, as: topic), payload.count == 8 else { return nil }
        let number = Int64(bitPattern: payload.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        return number >= 0 ? LogPosition(number) : nil
    }
}
