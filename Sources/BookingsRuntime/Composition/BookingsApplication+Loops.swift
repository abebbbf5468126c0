import Bookings
import BookingsWebhooks
import Logging
import Synchronization
import Tracing

/// The background loops, except the relay.
extension BookingsApplication {
    func makeReminderLoop() -> WorkerLoop {
        let fire = FireDueReminders(queue: ports.reminders, bus: ports.bus, metrics: metrics)
        return makeLoop("reminders") { [ports, timing] in
            .at(try await fire.runOnce(ports.clock), within: timing.reminderPoll)
        }
    }

    /// Deletes what is older than its retention.
    func makeGarbageLoop(webhooks: DeliverWebhooks?) -> WorkerLoop {
        let retention = configuration.eventRetention
        let collect = CollectGarbage(log: ports.log, store: ports.store, retention: retention)
        let collectWebhooks = webhooks.map { _ in
            CollectWebhookGarbage(store: ports.webhooks, log: ports.log, retention: retention)
        }
        let webhooksDue = Mutex(Duration.zero)
        return makeLoop("garbage") { [ports, timing] in
            let (now, elapsed) = (ports.clock.now(), ports.clock.elapsed())
            // Before the log is trimmed: afterwards it does not show any more what an idle webhook was owed.
            if let collectWebhooks, webhooksDue.withLock({ $0 <= elapsed }) {
                try await collectWebhooks.runOnce(at: now)
                webhooksDue.withLock { $0 = elapsed + collectWebhooks.interval }
                webhooks?.refresh()
            }
            try await collect.runOnce(at: now)
            return .after(collect.interval(atMost: timing.garbageCollection))
        }
    }

    /// Returns `nil` with `WEBHOOKS=off`.
    func makeWebhooks(cursorCipher: CursorCipher, from head: LogPosition) -> DeliverWebhooks? {
        guard configuration.webhooks else { return nil }
        let (rules, resolve, clock) = (configuration.webhookRules, ports.resolveHost, ports.clock)
        return DeliverWebhooks(
            DeliveryServices(
                store: ports.webhooks, log: ports.log, encoder: EventEncoder(cursorCipher: cursorCipher),
                cipher: SecretCipher(key: configuration.secretsKey), clock: clock, identifiers: ports.identifiers,
                inFlightWork: inFlightWork, metrics: metrics, logger: logger, tracing: tracer.map(DeliveryTracing.init),
                retention: configuration.eventRetention
            ) { EndpointClient(url: $0, rules: rules, resolve: resolve, clock: clock) },
            from: head)
    }

    /// Checks the stored data. Returns `nil` when the configuration says so.
    func makeAuditLoop() -> WorkerLoop? {
        guard configuration.audits else { return nil }
        let audit = AuditLoop(
            audit: AuditData(source: ports.audit, clock: ports.clock, retention: configuration.eventRetention),
            pace: AuditPace(percent: configuration.auditPercent), clock: ports.clock, metrics: metrics, logger: logger)
        return makeLoop("audit") { try await audit.runOnce() }
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

    /// Returns a loop on the application's clock, whose work counts as in flight. With a tracer each run is a span: of the
    /// reminders that fire, and of the events that are delivered.
    func makeLoop(_ name: String, work: @escaping @Sendable () async throws -> NextRun) -> WorkerLoop {
        guard let tracer else {
            return WorkerLoop(name: name, clock: ports.clock, inFlightWork: inFlightWork, logger: logger, work: work)
        }
        return WorkerLoop(name: name, clock: ports.clock, inFlightWork: inFlightWork, logger: logger) {
            let span = tracer.startAnySpan("loop \(name)", context: .topLevel)
            defer { span.end() }
            return try await ServiceContext.withValue(span.context) { try await work() }
        }
    }
}
