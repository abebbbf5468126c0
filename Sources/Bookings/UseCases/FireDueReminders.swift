/// Records every reminder that is due, once, and tells the replicas.
package struct FireDueReminders: Sendable {
    /// How many reminders one transaction records: large enough for a rush, small enough to let writes in between.
    package static let batch = 500

    private let queue: any ReminderQueue
    private let bus: any EventBus
    private let metrics: ServiceMetrics

    package init(queue: any ReminderQueue, bus: any EventBus, metrics: ServiceMetrics) {
        self.queue = queue
        self.bus = bus
        self.metrics = metrics
    }

    /// How soon it looks again at reminders that are due but held by a foreign transaction.
    static let heldPause = Duration.milliseconds(100)

    /// Fires what is due by the clock, and gives the instant at which to look again; nil when no reminder waits.
    package func runOnce(_ clock: any WallClock) async throws(StoreError) -> Timestamp? {
        var isCut = true
        var instant = clock.now()
        while isCut {
            instant = clock.now()
            let fired = try await queue.fireDue(at: instant, limit: Self.batch)
            report(fired)
            if let last = fired.events.last { bus.announce(last.position) }
            isCut = fired.isCut
        }
        guard let next = try await queue.nextDue() else { return nil }
        // What was due and did not fire is held: the store passes it over.
        return next > instant ? next : instant + Self.heldPause
    }

    private func report(_ fired: FiredReminders) {
        for logged in fired.events {
            guard case .reminder(let notice) = logged.event.kind else { continue }
            let lateness = max(.zero, notice.dueAt.duration(to: logged.event.occurredAt))
            metrics.reminder(notice.isLate ? .late : .onTime, lateness: lateness)
        }
        for _ in 0..<fired.missed { metrics.reminder(.missed, lateness: .zero) }
    }
}
