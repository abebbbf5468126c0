/// Records every reminder that is due, once, and tells the replicas.
public struct FireDueReminders: Sendable {
    /// How many reminders one transaction records: large enough for a rush, small enough to let writes in between.
    public static let batch = 500

    private let queue: any ReminderQueue
    private let bus: any EventBus
    private let metrics: ServiceMetrics

    public init(queue: any ReminderQueue, bus: any EventBus, metrics: ServiceMetrics) {
        self.queue = queue
        self.bus = bus
        self.metrics = metrics
    }

    /// Fires what is due by the clock, and gives the instant at which the next one will be; nil when none waits.
    public func runOnce(_ clock: any WallClock) async throws(StoreError) -> Timestamp? {
        var isCut = true
        while isCut {
            let fired = try await queue.fireDue(at: clock.now(), limit: Self.batch)
            report(fired)
            if let last = fired.events.last { bus.announce(last.position) }
            isCut = fired.isCut
        }
        return try await queue.nextDue()
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
