import Bookings
import Logging

/// The background loops, except the relay.
extension BookingsApplication {
    func makeReminderLoop() -> WorkerLoop {
        let fire = FireDueReminders(queue: ports.reminders, bus: ports.bus, metrics: metrics)
        return makeLoop("reminders") { [ports, timing] in
            .at(try await fire.runOnce(ports.clock), within: timing.reminderPoll)
        }
    }

    /// Deletes what is older than its retention.
    func makeGarbageLoop() -> WorkerLoop {
        let collect = CollectGarbage(log: ports.log, store: ports.store, retention: configuration.eventRetention)
        return makeLoop("garbage") { [ports] in
            try await collect.runOnce(at: ports.clock.now())
            return .after(collect.interval)
        }
    }

    /// Disciplines the replica's clock by the store's clock. Returns `nil` when the machine's clock is the only one.
    func makeClockLoop() -> WorkerLoop? {
        guard let steering = ports.steering else { return nil }
        return makeLoop("clock") { [metrics, timing, logger] in
            let measurement = try await steering.measure()
            metrics.setClockOffset(measurement.offset)
            if abs(measurement.step.inSeconds) >= 1 {
                logger.warning(
                    "The store's clock was set; the service follows it.",
                    metadata: ["seconds": "\(measurement.step.inSeconds)"])
            }
            return .after(timing.clockPoll)
        }
    }

    /// Returns a loop on the application's clock, whose work counts as in flight.
    func makeLoop(_ name: String, work: @escaping @Sendable () async throws -> NextRun) -> WorkerLoop {
        WorkerLoop(name: name, clock: ports.clock, inFlightWork: inFlightWork, logger: logger, work: work)
    }
}
