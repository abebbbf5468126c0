import Bookings
import BookingsHTTP
import BookingsSocketIO
import Logging
import ServiceLifecycle

/// The relay, which delivers events to sockets and streams, and the list of all loops.
extension BookingsApplication {
    func makeLoops(gateway: SocketGateway, streams: EventStreams, from head: LogPosition) -> [any Service] {
        let reminders = makeReminderLoop()
        let relay = makeRelay(gateway: gateway, streams: streams, reminders: reminders.trigger, from: head)
        state.withLock { $0.relay = relay }
        let relayLoop = makeLoop("relay") { try await relay.runOnce() }
        // Weakly: the bus may outlive this replica.
        ports.bus.listen { [weak relay, inFlightWork, trigger = relayLoop.trigger] head in
            guard let relay, relay.announce(head) else { return }
            inFlightWork.begin(.publish)
            trigger.signal()
            inFlightWork.end(.publish)
        }
        return [makeClockLoop(), makeGarbageLoop(), relayLoop, reminders].compactMap { $0 }
    }

    /// Delivers events to sockets and streams. They also show when the reminders that any replica added become due, so
    /// that the reminder loop of each replica wakes in time.
    private func makeRelay(
        gateway: SocketGateway, streams: EventStreams, reminders: LoopTrigger, from head: LogPosition
    ) -> RelayEvents {
        let plan = configuration.reminderPlan
        return RelayEvents(
            log: ports.log, bus: ports.bus, clock: ports.clock, metrics: metrics, from: head,
            every: .init(connected: timing.relayPoll, disconnected: timing.relayPollWithoutBus)
        ) { events, through in
            gateway.deliver(events, through: through)
            streams.deliver(events, through: through)
            let firstDue = events.compactMap { plan.firstDue(after: $0.event) }.min()
            if let firstDue { reminders.signal(ifWaitingBeyond: firstDue) }
        } rewound: { [weak self] rewind in
            self?.logWasRewound(rewind, gateway: gateway, streams: streams, reminders: reminders)
        }
    }

    /// Whatever remembers positions in the log begins anew: caches because the era changes, clients by resuming.
    private func logWasRewound(
        _ rewind: LogRewind, gateway: SocketGateway, streams: EventStreams, reminders: LoopTrigger
    ) {
        continuity.wentBack(rewind)
        metrics.eventLogWentBack()
        logger.warning(
            "The event log went back: a failover or a restored backup lost its newest events. Sockets and streams are closed, so that clients resume.",
            metadata: [
                "known": "\(rewind.known.number)", "agrees_through": "\(rewind.agreesThrough.number)",
                "head": "\(rewind.head.number)",
            ])
        gateway.restart(at: rewind.head)
        streams.restart(at: rewind.head)
        reminders.signal()
    }
}
