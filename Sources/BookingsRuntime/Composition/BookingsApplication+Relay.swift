import Bookings
import BookingsHTTP
import BookingsSocketIO
import BookingsWebhooks
import Logging
import ServiceLifecycle
import Tracing

/// The relay, which delivers events to sockets, streams and webhooks, and the list of all loops.
extension BookingsApplication {
    func makeLoops(
        gateway: SocketGateway, streams: EventStreams, webhooks: DeliverWebhooks?, from head: LogPosition
    ) -> [any Service] {
        let reminders = makeReminderLoop()
        let receivers = EventReceivers(
            gateway: gateway, streams: streams, webhooks: webhooks, reminders: reminders.trigger)
        let relay = makeRelay(to: receivers, from: head)
        state.withLock { $0.relay = relay }
        let relayLoop = makeLoop("relay") { try await relay.runOnce() }
        // Weakly: the bus may outlive this replica.
        ports.bus.listen { [weak relay, inFlightWork, trigger = relayLoop.trigger] head in
            guard let relay, relay.announce(head) else { return }
            inFlightWork.begin(.publish)
            trigger.signal()
            inFlightWork.end(.publish)
        }
        let garbage = makeGarbageLoop(webhooks: webhooks)
        let services: [(any Service)?] = [makeClockLoop(), garbage, makeAuditLoop(), webhooks, relayLoop, reminders]
        return services.compactMap { $0 }
    }

    /// Delivers events to sockets, streams and webhooks. They also show when the reminders that any replica added become
    /// due, so that the reminder loop of each replica wakes in time.
    private func makeRelay(to receivers: EventReceivers, from head: LogPosition) -> RelayEvents {
        let plan = configuration.reminderPlan
        return RelayEvents(
            log: ports.log, bus: ports.bus, clock: ports.clock, metrics: metrics, from: head,
            every: .init(connected: timing.relayPoll, disconnected: timing.relayPollWithoutBus)
        ) { [tracer] events, through in
            let span = events.isEmpty ? nil : tracer?.startAnySpan("deliver events", ofKind: .producer)
            span?.attributes["events"] = events.count
            defer { span?.end() }
            receivers.gateway.deliver(events, through: through)
            receivers.streams.deliver(events, through: through)
            receivers.webhooks?.deliver(events, through: through)
            let firstDue = events.compactMap { plan.firstDue(after: $0.event) }.min()
            if let firstDue { receivers.reminders.signal(ifWaitingBeyond: firstDue) }
        } rewound: { [weak self] rewind in
            self?.logWasRewound(rewind, receivers)
        }
    }

    /// Whatever remembers positions in the log begins anew: caches because the era changes, clients by resuming.
    private func logWasRewound(_ rewind: LogRewind, _ receivers: EventReceivers) {
        continuity.wentBack(rewind)
        metrics.eventLogWentBack()
        logger.warning(
            "The event log went back: a failover or a restored backup lost its newest events. Sockets and streams are closed, so that clients resume.",
            metadata: [
                "known": "\(rewind.known.number)", "agrees_through": "\(rewind.agreesThrough.number)",
                "head": "\(rewind.head.number)",
            ])
        receivers.gateway.restart(at: rewind.head)
        receivers.streams.restart(at: rewind.head)
        receivers.webhooks?.restart(at: rewind.head)
        receivers.reminders.signal()
    }
}

/// What the relay delivers events to.
struct EventReceivers: Sendable {
    let gateway: SocketGateway
    let streams: EventStreams
    /// `nil` with `WEBHOOKS=off`.
    let webhooks: DeliverWebhooks?
    let reminders: LoopTrigger
}
