import Bookings
import Logging
import ServiceLifecycle
import Synchronization

/// Delivers events to the webhooks: takes the leases of those with something to do, and runs a worker for each.
package final class DeliverWebhooks: Service {
    /// How many webhooks one replica works on at once.
    private static let maximumWorkers = 1000
    /// How many webhooks one statement concerns.
    private static let batch = 100
    /// How often changes that other replicas made are read while events arrive.
    private static let refreshInterval = Duration.seconds(5)
    /// How often it is read what is left to deliver to webhooks that are paused or stalled, and of how many.
    private static let backlogInterval = Duration.seconds(60)
    private static let maximumBacklogs = 20
    /// The pause after the store failed.
    private static let pause = Duration.milliseconds(250)

    private struct State {
        var schedule: WebhookSchedule
        var workers: [WebhookID: EndpointWorker] = [:]
        var isStopping = false
        var mustRefresh = true
        /// On the clock's elapsed time.
        var refreshedAt = Duration.zero
        /// What is left to deliver to webhooks that are paused or stalled, on which no replica works.
        var backlogs: [WebhookID: WebhookBacklog] = [:]
        /// On the clock's elapsed time; `nil` when they have to be read.
        var backlogsReadAt: Duration?
    }

    private let services: DeliveryServices
    private let trigger: LoopTrigger
    private let state: Mutex<State>

    /// Creates the service. Events after `position` are to be given to `deliver`.
    package init(_ services: DeliveryServices, from position: LogPosition) {
        self.services = services
        trigger = LoopTrigger(clock: services.clock, inFlightWork: services.inFlightWork)
        state = Mutex(State(schedule: WebhookSchedule(from: position)))
    }

    // MARK: - Inputs

    /// Takes events of the log in order, on any thread.
    package func deliver(_ events: [LoggedEvent], through: LogPosition) {
        let now = services.clock.elapsed()
        let (announced, mustWake) = state.withLock { state in
            let touched = state.schedule.deliver(events, through: through)
            let announced = touched.compactMap { id, position in state.workers[id].map { ($0, position) } }
            if !events.isEmpty, now - state.refreshedAt >= Self.refreshInterval { state.mustRefresh = true }
            return (announced, announced.count < touched.count || state.mustRefresh)
        }
        for (worker, position) in announced { worker.announce(position) }
        if mustWake { trigger.signal() }
    }

    /// The log lost its newest events and ends at `head`.
    package func restart(at head: LogPosition) {
        let workers = state.withLock { state in
            state.schedule.restart(at: head)
            return Array(state.workers.values)
        }
        for worker in workers { worker.logWentBack() }
        trigger.signal()
    }

    /// A webhook was added or changed.
    package func refresh() {
        state.withLock { $0.mustRefresh = true }
        trigger.signal()
    }

    /// Begins no more deliveries; the leases are given up when those in flight have ended.
    package func stop() {
        let workers = state.withLock { state in
            state.isStopping = true
            return Array(state.workers.values)
        }
        for worker in workers { worker.stop() }
        trigger.signal()
    }

    /// Ends the deliveries in flight.
    package func cut() {
        for worker in state.withLock({ Array($0.workers.values) }) { worker.cut() }
    }

    // MARK: - The loop

    /// Runs until a graceful shutdown or a cancellation.
    package func run() async {
        await runUntilStopped()
        // A service that ends before it is its turn in a shutdown would end the others at once.
        try? await gracefulShutdown()
    }

    /// Runs until the leases are given up after `stop`.
    package func runUntilStopped() async {
        await withTaskCancellationOrGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                while !state.withLock(\.isStopping) {
                    do throws(StoreError) {
                        try await runOnce(in: &group)
                        await trigger.wait(until: nextRun())
                    } catch {
                        await trigger.wait(atMost: Self.pause)
                    }
                }
            }
            trigger.end()
        } onCancelOrGracefulShutdown: {
            self.stop()
        }
    }

    private func nextRun() -> Timestamp? {
        state.withLock { $0.workers.count < Self.maximumWorkers ? $0.schedule.nextDue() : nil }
    }

    private func runOnce(in group: inout DiscardingTaskGroup) async throws(StoreError) {
        try await readChanges()
        let now = services.clock.now()
        let ids = state.withLock { state in
            state.schedule.due(at: now, limit: min(Self.batch, Self.maximumWorkers - state.workers.count))
        }
        guard !ids.isEmpty else { return }
        let end = now + EndpointWorker.leaseDuration
        let found = try await services.store.leaseWebhooks(ids, at: now, until: end)
        for worker in begin(found, asked: ids) {
            group.addTask {
                let (webhook, end) = await worker.run()
                self.ended(worker, webhook, end)
            }
        }
    }

    /// Returns the workers of the leases that were taken.
    private func begin(_ found: [LeasedWebhook], asked ids: [WebhookID]) -> [EndpointWorker] {
        let now = services.clock.now()
        return state.withLock { state in
            for id in Set(ids).subtracting(found.map(\.webhook.id)) { state.schedule.remove(id) }
            return found.compactMap { leased in
                guard let position = state.schedule.leased(leased, at: now), let token = leased.token else {
                    return nil
                }
                let worker = EndpointWorker(
                    leased.webhook, token: token, until: leased.until, seen: position, services)
                state.workers[worker.id] = worker
                if state.isStopping { worker.stop() }
                return worker
            }
        }
    }

    private func ended(_ worker: EndpointWorker, _ webhook: WebhookEndpoint?, _ end: Timestamp) {
        let now = services.clock.now()
        state.withLock { state in
            state.workers[worker.id] = nil
            if let webhook, !webhook.state.isDelivering { state.backlogs[worker.id] = worker.currentBacklog }
            state.schedule.ended(worker.id, webhook, until: webhook == nil ? now + Self.pause : end)
        }
        trigger.signal()
    }

    private func readChanges() async throws(StoreError) {
        let now = services.clock.elapsed()
        guard state.withLock(\.mustRefresh) else { return }
        state.withLock { state in
            state.mustRefresh = false
            state.refreshedAt = now
        }
        do throws(StoreError) {
            var isCut = true
            while isCut {
                let revision = state.withLock(\.schedule.revision)
                let changed = try await services.store.webhooks(changedAfter: revision, limit: Self.batch)
                let (workers, position) = state.withLock { state in
                    for webhook in changed { state.schedule.add(webhook) }
                    if changed.contains(where: { !$0.state.isDelivering }) { state.backlogsReadAt = nil }
                    return (changed.compactMap { state.workers[$0.id] }, state.schedule.through)
                }
                for worker in workers { worker.lookAgain(through: position) }
                isCut = changed.count == Self.batch
            }
            try await readBacklogs(at: now)
        } catch {
            state.withLock { $0.mustRefresh = true }
            throw error
        }
    }
}

// MARK: - What is left to deliver

extension DeliverWebhooks {
    /// Returns the age of the oldest undelivered event for each state: of the webhooks that this replica works on, and of
    /// those that are paused or stalled as it was read last. It costs no query.
    package func lags() -> [WebhookState: Duration] {
        let backlogs = state.withLock { state in
            let stopped = state.backlogs.filter { state.workers[$0.key] == nil && state.schedule.isStopped($0.key) }
            return state.workers.values.map(\.currentBacklog) + stopped.values
        }
        return backlogs.lags(at: services.clock.now())
    }

    private func readBacklogs(at elapsed: Duration) async throws(StoreError) {
        let ids = state.withLock { state -> [WebhookID] in
            if let last = state.backlogsReadAt, elapsed - last < Self.backlogInterval { return [] }
            state.backlogsReadAt = elapsed
            state.backlogs = state.backlogs.filter { state.schedule.isStopped($0.key) }
            return state.schedule.stopped(limit: Self.maximumBacklogs)
        }
        let keptSince = services.clock.now() - services.retention
        for id in ids {
            let webhook = try await services.store.webhook(id)
            guard let webhook, !webhook.state.isDelivering else { continue }
            let oldest = try await services.log.oldestUndelivered(of: webhook, keptSince: keptSince)
            state.withLock { $0.backlogs[id] = WebhookBacklog(state: webhook.state, oldest: oldest) }
        }
    }
}
