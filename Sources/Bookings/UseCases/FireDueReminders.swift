/// Records the event of every reminder that is due, once, and announces the events to the replicas.
package struct FireDueReminders: Sendable {
    /// The number of reminders that one transaction records: enough for a peak, and little enough to let writes in.
    package static let batch = 250

    /// The pause before reminders are queried again that are due but that another transaction is firing.
    static let heldPause = Duration.milliseconds(100)

    private let queue: any ReminderQueue
    private let bus: any EventBus
    private let metrics: ServiceMetrics

    package init(queue: any ReminderQueue, bus: any EventBus, metrics: ServiceMetrics) {
        self.queue = queue
        self.bus = bus
        self.metrics = metrics
    }

    /// Fires all reminders that are due by the clock.
    ///
    /// - Returns: The instant of the next run; `nil` when no reminder waits.
    package func runOnce(_ clock: any WallClock) async throws(StoreError) -> Timestamp? {
        var isCut = true
        var instant = clock.now()
        while isCut {
            instant = clock.now()
            let fired = try await queue.fireDue(at: instant, limit: Self.batch)
            for firing in fired.firings { metrics.reminder(firing.outcome, lateness: firing.lateness) }
            if let position = fired.lastPosition { bus.announce(position) }
            isCut = fired.isCut
        }
        guard let next = try await queue.nextDue() else { return nil }
        // A reminder that is due and was not fired is left to another transaction, or locked by it.
        return next > instant ? next : instant + Self.heldPause
    }
}
