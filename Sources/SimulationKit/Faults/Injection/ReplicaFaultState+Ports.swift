import Bookings
import BookingsRuntime

extension ReplicaFaultState {
    /// Puts the replica's faults between the service and its ports.
    func intercept(_ ports: inout ApplicationPorts) {
        ports.store = intercepted(ports.store)
        ports.log = intercepted(ports.log)
        ports.reminders = intercepted(ports.reminders)
        ports.webhooks = intercepted(ports.webhooks)
        ports.migrator = InterceptedMigrator(
            migrator: ports.migrator, before: { () throws(StoreError) in try await self.enter() })
        ports.bus = FaultyBus(bus: ports.bus, state: self)
    }

    private func intercepted(_ store: any BookingStore) -> InterceptedStore {
        InterceptedStore(
            store: store, before: { () throws(StoreError) in try await self.enter() },
            onWrite: { (write) throws(StoreError) in
                try self.pass(.writeBefore)
                let outcome = try await store.write(write)
                guard case .written = outcome else { return outcome }
                try self.pass(.writeAfter)
                if self.takeLostAnswer() {
                    self.mark(CoverageMark.commitAnswerLost.name)
                    throw .unavailable("the answer to the commit was lost")
                }
                return outcome
            },
            onKeep: { (record, now) throws(StoreError) in
                try self.pass(.keepBefore)
                let kept = try await store.keep(record, at: now)
                try self.pass(.keepAfter)
                return kept
            })
    }

    private func intercepted(_ log: any EventLog) -> InterceptedLog {
        InterceptedLog(
            log: log, before: { () throws(StoreError) in try await self.enter() },
            onTail: { (position, limit) throws(StoreError) in
                try self.pass(.relayBefore)
                let slice = try await log.tail(after: position, limit: limit)
                if slice?.events.isEmpty == false { try self.pass(.relayAfter) }
                return slice
            })
    }

    private func intercepted(_ webhooks: any WebhookStore) -> InterceptedWebhooks {
        InterceptedWebhooks(
            store: webhooks, before: { () throws(StoreError) in try await self.enter() },
            onLease: { (ids, now, end) throws(StoreError) in
                try self.pass(.leaseBefore)
                let found = try await webhooks.leaseWebhooks(ids, at: now, until: end)
                if found.contains(where: { $0.token != nil }) { try self.pass(.leaseAfter) }
                return found
            },
            onSave: { (save) throws(StoreError) in
                guard !save.attempts.isEmpty else { return try await webhooks.saveWebhook(save) }
                try self.pass(.deliverBefore)
                let outcome = try await webhooks.saveWebhook(save)
                try self.pass(.deliverAfter)
                return outcome
            })
    }

    private func intercepted(_ queue: any ReminderQueue) -> InterceptedQueue {
        InterceptedQueue(
            queue: queue, before: { () throws(StoreError) in try await self.enter() },
            onFire: { (now, limit) throws(StoreError) in
                try await self.enter(isReminder: true)
                try self.pass(.fireBefore)
                let fired = try await queue.fireDue(at: now, limit: limit)
                if fired.lastPosition != nil { try self.pass(.fireAfter) }
                return fired
            })
    }
}

/// The bus as one replica reaches it.
private final class FaultyBus: EventBus {
    private let bus: any EventBus
    private let state: ReplicaFaultState

    init(bus: any EventBus, state: ReplicaFaultState) {
        self.bus = bus
        self.state = state
    }

    func announce(_ head: LogPosition) {
        guard (try? state.pass(.announceBefore)) != nil else { return }
        if state.isBusCut {
            state.mark(CoverageMark.busLostAnnouncement.name)
        } else {
            state.noteAnnounced(head.number)
            bus.announce(head)
        }
        try? state.pass(.announceAfter)
    }

    func listen(_ listener: @escaping @Sendable (LogPosition) -> Void) {
        bus.listen { [state] head in
            if !state.isBusCut { listener(head) }
        }
        state.onWake { listener(LogPosition(.max)) }
    }

    var isConnected: Bool { !state.distrustsBus && bus.isConnected }
}
