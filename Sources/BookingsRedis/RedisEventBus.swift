import Bookings
import Synchronization

/// Announces to all replicas of a deployment. The listeners of this process are called at once, not by way of Redis.
package final class RedisEventBus: EventBus {
    /// The listeners of this process.
    let local: InProcessEventBus
    private let commands: RedisConnection
    private let subscription: RedisConnection
    private let codec: AnnouncementCodec
    private let announcements = Mutex(PendingAnnouncements())

    /// Creates a bus that publishes on one connection and is connected while the other, which subscribes, is ready too.
    init(
        local: InProcessEventBus, commands: RedisConnection, subscription: RedisConnection, codec: AnnouncementCodec
    ) {
        self.local = local
        self.commands = commands
        self.subscription = subscription
        self.codec = codec
    }

    /// Whether both connections are ready.
    package var isConnected: Bool { commands.isReady && subscription.isReady }

    /// Calls the listener for each announcement of this deployment, and with the greatest position after announcements
    /// may have been lost.
    package func listen(_ listener: @escaping @Sendable (LogPosition) -> Void) {
        local.listen(listener)
    }

    /// Announces that the log reaches the position. While an announcement is on its way, only the newest of the
    /// following ones is sent.
    package func announce(_ head: LogPosition) {
        local.announce(head)
        if announcements.withLock({ $0.add(head) }) { publishNext() }
    }

    /// Announces the newest position again after the connection was lost: what was announced meanwhile reached no other
    /// replica, although their subscriptions may have lasted.
    func announceAgain() {
        if announcements.withLock({ $0.addLast() }) { publishNext() }
    }

    private func publishNext() {
        guard let head = announcements.withLock({ $0.next() }) else { return }
        var command = RedisCommand("PUBLISH", codec.channel)
        command.append(codec.encode(head))
        commands.send(RedisRequest(commands: [command]) { [weak self] _ in self?.publishNext() })
    }
}

/// The announcements that wait while one is published: only the newest position counts.
struct PendingAnnouncements: Sendable {
    private var newest: LogPosition?
    /// The newest position that was ever added.
    private var last: LogPosition?
    private var isPublishing = false

    /// Adds a position; returns whether the caller has to publish what `next` returns.
    mutating func add(_ head: LogPosition) -> Bool {
        newest = max(newest ?? head, head)
        last = max(last ?? head, head)
        return begin()
    }

    /// Adds the newest position that was ever added; returns the same as `add`.
    mutating func addLast() -> Bool {
        guard let last else { return false }
        newest = last
        return begin()
    }

    /// Returns the position to publish next; `nil` means that none waits, and ends the publishing.
    mutating func next() -> LogPosition? {
        defer { newest = nil }
        isPublishing = newest != nil
        return newest
    }

    private mutating func begin() -> Bool {
        defer { isPublishing = true }
        return !isPublishing
    }
}
