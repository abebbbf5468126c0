/// Replaces the reminders of all upcoming confirmed bookings by those of the configured leads.
///
/// Repeating it changes nothing more, so every replica may run it.
package struct RearmReminders: Sendable {
    /// The number of bookings of one transaction: few enough to let writes in between.
    private static let batch = 500

    private let queue: any ReminderQueue
    private let plan: ReminderPlan

    package init(queue: any ReminderQueue, plan: ReminderPlan) {
        self.queue = queue
        self.plan = plan
    }

    /// Replaces the reminders that are due after `now`.
    ///
    /// - Returns: The sums over all transactions; `last` is the last booking of all.
    package func run(at now: Timestamp) async throws(StoreError) -> RearmedReminders {
        var sum = RearmedReminders(bookings: 0, armed: 0, dropped: 0, last: nil)
        while true {
            let step = try await queue.rearm(after: sum.last, at: now, leads: plan.leads, limit: Self.batch)
            sum.bookings += step.bookings
            sum.armed += step.armed
            sum.dropped += step.dropped
            guard let last = step.last, step.bookings == Self.batch else { return sum }
            sum.last = last
        }
    }
}
