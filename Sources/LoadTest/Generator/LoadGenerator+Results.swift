import Bookings
import NIOCore

extension LoadGenerator {
    /// Returns what the second so far has, and begins the next.
    func takeSecond() -> LoadSecond {
        defer { second = LoadSecond() }
        return second
    }

    func recordFrame(of create: ProviderState.Create, at now: NIODeadline, occurredAt: Timestamp?) {
        second.frames += 1
        guard create.due >= measuredFrom else { return }
        measures.frames.sample.record(now.since(create.due))
        measures.frames.afterAnswer.record(create.answeredAt.map { now.since($0) } ?? .zero)
        recordDelay(since: occurredAt)
    }

    func recordReminder(due: Timestamp, isFirst: Bool, occurredAt: Timestamp?) {
        second.frames += 1
        let lateness = due.duration(to: clock.now())
        if lateness < .zero { measures.frames.reminders.early += 1 }
        if isFirst { measures.frames.reminders.received += 1 }
        measures.frames.reminders.lateness.record(lateness)
        recordDelay(since: occurredAt)
    }

    private func recordDelay(since instant: Timestamp?) {
        guard let instant else { return }
        measures.frames.delay.record(instant.duration(to: clock.now()))
    }

    /// A listener lost its connection, which only the end of the load may cause.
    func listenerClosed() {
        measures.frames.socketsOpen -= 1
        guard !isClosing else { return }
        measures.frames.socketsLost += 1
        measures.failures.note("listener lost", at: elapsed(.now()))
    }

    /// The number of receipts that the listeners are owed and do not have yet.
    var missing: Int {
        providers.reduce(0) { sum, provider in
            sum + missingCreates(of: provider) + missingReminders(of: provider, by: ended ?? clock.now())
        }
    }

    private func missingCreates(of provider: ProviderState) -> Int {
        provider.creates.reduce(0) { $1.due >= measuredFrom ? $0 + max(0, $1.owed - $1.received) : $0 }
    }

    private func missingReminders(of provider: ProviderState, by now: Timestamp) -> Int {
        provider.reminders.reduce(0) { $1.due <= now ? $0 + max(0, $1.owed - $1.received) : $0 }
    }

    /// Returns the measurements of the step, with what the listeners did not receive as lost.
    func takeMeasures() -> LoadMeasures {
        var result = measures
        let now = ended ?? clock.now()
        for provider in providers {
            let creates = provider.creates.filter { $0.due >= measuredFrom }
            result.frames.owed += UInt64(creates.reduce(0) { $0 + $1.owed })
            result.frames.sample.lose(UInt64(missingCreates(of: provider)))
            let reminders = provider.reminders.filter { $0.due <= now }
            result.frames.reminders.owed += UInt64(reminders.reduce(0) { $0 + $1.owed })
            result.frames.reminders.lateness.lose(UInt64(missingReminders(of: provider, by: now)))
        }
        return result
    }

    /// Forgets the measurements of the step, but not which listeners are connected.
    func resetMeasures() {
        let frames = measures.frames
        measures = LoadMeasures()
        measures.frames.socketsOpen = frames.socketsOpen
    }
}
