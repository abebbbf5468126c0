import Bookings
import Logging
import Synchronization

/// What the workers of all webhooks share.
package struct DeliveryServices: Sendable {
    let store: any WebhookStore
    let log: any EventLog
    let encoder: EventEncoder
    let cipher: SecretCipher
    let clock: any WallClock
    let identifiers: any IdentifierSource
    let inFlightWork: InFlightWork
    let metrics: ServiceMetrics
    let logger: Logger
    /// `nil` when no tracer is bootstrapped.
    let tracing: DeliveryTracing?
    /// How long events can be read.
    let retention: Duration
    /// Makes the connections to a receiver.
    let connect: @Sendable (WebhookURL) -> EndpointClient

    /// Collects the ports of all deliveries.
    package init(
        store: any WebhookStore, log: any EventLog, encoder: EventEncoder, cipher: SecretCipher, clock: any WallClock,
        identifiers: any IdentifierSource, inFlightWork: InFlightWork, metrics: ServiceMetrics, logger: Logger,
        tracing: DeliveryTracing?, retention: Duration, connect: @escaping @Sendable (WebhookURL) -> EndpointClient
    ) {
        self.store = store
        self.log = log
        self.encoder = encoder
        self.cipher = cipher
        self.clock = clock
        self.identifiers = identifiers
        self.inFlightWork = inFlightWork
        self.metrics = metrics
        self.logger = logger
        self.tracing = tracing
        self.retention = retention
        self.connect = connect
    }
}

/// Makes the deliveries of one webhook while this replica has its lease: the loop around `DeliveryState`.
final class EndpointWorker: Sendable {
    /// How long a lease holds. Each save prolongs it.
    static let leaseDuration = Duration.seconds(15)
    /// How long before its end a lease is prolonged while there is work.
    private static let renewal = Duration.seconds(10)
    /// The pause after the store failed.
    private static let pause = Duration.milliseconds(250)

    /// What other tasks tell the loop.
    private struct Inbox {
        var results: [(Delivery, DeliveryMessage, AttemptResult)] = []
        var announced = LogPosition.start
        var isStopping = false
        var isCut = false
        var mustLookAgain = false
        var wentBack = false
    }

    let id: WebhookID
    private let token: Int64
    private let services: DeliveryServices
    private let trigger: LoopTrigger
    private let inbox = Mutex(Inbox())
    private let backlog: Mutex<WebhookBacklog>
    private let begin: (webhook: WebhookEndpoint, leaseEnd: Timestamp)

    /// Creates a worker that has not begun.
    ///
    /// - Parameter position: The log holds events of the webhook up to here.
    init(
        _ webhook: WebhookEndpoint, token: Int64, until end: Timestamp, seen position: LogPosition,
        _ services: DeliveryServices
    ) {
        id = webhook.id
        self.token = token
        self.services = services
        begin = (webhook, end)
        backlog = Mutex(WebhookBacklog(state: webhook.state, oldest: nil))
        trigger = LoopTrigger(clock: services.clock, inFlightWork: services.inFlightWork)
        announce(position)
    }

    /// What is left to deliver, as the loop left it last.
    var currentBacklog: WebhookBacklog { backlog.withLock { $0 } }

    /// The log holds an event of the webhook at this position.
    func announce(_ position: LogPosition) {
        inbox.withLock { $0.announced = max($0.announced, position) }
        trigger.signal()
    }

    /// The webhook was changed: the next save, which is made at once, brings the change.
    ///
    /// - Parameter position: The log may hold events up to here that the webhook takes only now.
    func lookAgain(through position: LogPosition) {
        inbox.withLock { inbox in
            inbox.mustLookAgain = true
            inbox.announced = max(inbox.announced, position)
        }
        trigger.signal()
    }

    /// The log may have lost events that were read.
    func logWentBack() {
        inbox.withLock { $0.wentBack = true }
        trigger.signal()
    }

    /// Lets what is in flight end, and begins nothing more.
    func stop() {
        inbox.withLock { $0.isStopping = true }
        trigger.signal()
    }

    /// Ends what is in flight, too.
    func cut() {
        inbox.withLock { $0.isCut = true }
        trigger.signal()
    }

    // MARK: - The loop

    /// What the loop knows, which no other task sees.
    private struct Work {
        var state: DeliveryState
        var client: EndpointClient
        /// The clients of earlier URLs, whose last requests may still be in flight.
        var retired: [EndpointClient] = []
        var attempts: [WebhookAttempt] = []
        /// What was delivered since the last save.
        var delivered: Set<LogPosition> = []
        /// The webhook with another filter: what was skipped since the last save has to be looked at again.
        var refiltered: WebhookEndpoint?
        var isDirty = false
        var isLost = false
        var leaseEnd: Timestamp
    }

    /// Works until there is nothing to do and the lease ends, until the lease is lost, or until `stop`.
    ///
    /// - Returns: The webhook as it was left, `nil` when the lease was lost, and the end of the lease.
    func run() async -> (WebhookEndpoint?, Timestamp) {
        var work = Work(
            state: DeliveryState(begin.webhook), client: services.connect(begin.webhook.url), leaseEnd: begin.leaseEnd)
        await withDiscardingTaskGroup { group in
            while !work.isLost {
                let isStopping = takeInbox(&work)
                showBacklog(work)
                let isBusy = work.state.isBusy
                if !isBusy, let webhook = work.refiltered { restart(webhook, &work) }
                if isStopping, !isBusy { break }
                if !isBusy, isOver(work) { break }
                if inbox.withLock(\.isCut) { group.cancelAll() }
                if await perform(&work, in: &group) { continue }
                showBacklog(work)
                if needsSave(work), await save(&work) { continue }
                guard let wait = nextWait(work) else { break }
                await trigger.wait(until: wait)
            }
            if work.isLost { group.cancelAll() }
        }
        if !work.isLost, inbox.withLock(\.isStopping) || work.state.stop != nil { await release(&work) }
        trigger.end()
        for client in work.retired + [work.client] { await client.close() }
        return (work.isLost ? nil : left(by: work), work.leaseEnd)
    }

    private func showBacklog(_ work: Work) {
        let current = WebhookBacklog(state: work.state.webhookState, oldest: work.state.oldestUndelivered)
        backlog.withLock { $0 = current }
    }

    /// Whether the lease has ended with nothing to do.
    private func isOver(_ work: Work) -> Bool {
        let now = services.clock.now()
        return now >= work.leaseEnd && !work.isDirty && !work.state.canBegin(at: now)
    }

    private func left(by work: Work) -> WebhookEndpoint {
        var webhook = work.state.endpoint
        webhook.progress = work.state.progress
        webhook.state = work.state.webhookState
        return webhook
    }

    /// Returns whether the loop is to end when nothing is in flight any more.
    private func takeInbox(_ work: inout Work) -> Bool {
        let taken = inbox.withLock { inbox in
            defer {
                inbox.results = []
                inbox.announced = .start
                inbox.mustLookAgain = false
                inbox.wentBack = false
            }
            return inbox
        }
        work.state.announce(taken.announced)
        if taken.wentBack { work.state.readAgain() }
        if taken.mustLookAgain { work.isDirty = true }
        let now = services.clock.now()
        for (delivery, message, result) in taken.results {
            let random = services.identifiers.jitter(key: "webhook/\(id)/\(message.id)")
            work.state.didAttempt(delivery.position, result.outcome, at: now, random: random)
            if result.outcome == .delivered { work.delivered.insert(delivery.position) }
            work.attempts.append(
                WebhookAttempt(
                    eventID: message.id, name: message.name, status: result.status, error: result.error,
                    latency: result.latency, at: now))
            work.isDirty = true
        }
        if taken.isStopping { work.state.halt() }
        return taken.isStopping
    }

    /// Performs what can begin. Returns whether something was read, so that more may begin.
    private func perform(_ work: inout Work, in group: inout DiscardingTaskGroup) async -> Bool {
        let now = services.clock.now()
        // A replica that was suspended has to show first that the lease is still its own.
        guard work.refiltered == nil else { return false }
        guard now < work.leaseEnd else {
            _ = await save(&work)
            return true
        }
        var hasRead = false
        for action in work.state.begin(at: now) {
            switch action {
            case .send(let delivery): send(delivery, work, in: &group)
            case .read(let position, let limit): hasRead = await read(after: position, limit: limit, &work)
            }
        }
        return hasRead
    }

    private func send(_ delivery: Delivery, _ work: Work, in group: inout DiscardingTaskGroup) {
        var message = DeliveryMessage(delivery.content, to: id, services.encoder)
        let span = services.tracing?.begin(&message, to: id)
        let secrets = services.cipher.secrets(of: work.state.endpoint, at: services.clock.now())
        services.metrics.webhookAttemptBegan()
        services.inFlightWork.begin(.webhook)
        group.addTask { [self, client = work.client, message] in
            let result =
                if !secrets.isEmpty {
                    await client.send(message, secrets: secrets)
                } else {
                    AttemptResult(
                        outcome: .failed(reason: EndpointClient.secretLost), status: nil, latency: .zero)
                }
            if let span { services.tracing?.end(span, result) }
            log(result, of: message)
            services.metrics.webhookAttemptEnded(succeeded: result.error == nil, latency: result.latency)
            inbox.withLock { $0.results.append((delivery, message, result)) }
            trigger.signal()
            services.inFlightWork.end(.webhook)
        }
    }

    /// Failures are information: receivers fail, and their owners see the reason.
    private func log(_ result: AttemptResult, of message: DeliveryMessage) {
        var metadata: Logger.Metadata = [
            "webhook_id": "\(id)", "event_id": "\(message.id)", "event": "\(message.name)",
            "duration_ms": "\(result.latency.wholeMilliseconds)",
        ]
        if let trace = message.trace { metadata["trace_id"] = "\(trace.traceIDText)" }
        if let status = result.status { metadata["status"] = "\(status)" }
        guard let error = result.error else {
            return services.logger.debug("An event was delivered to a webhook.", metadata: metadata)
        }
        metadata["reason"] = "\(error)"
        services.logger.info("An attempt to deliver an event to a webhook failed.", metadata: metadata)
    }

    /// Reads the log. Returns whether the loop has to look again, which it has to after a failure, too.
    private func read(after position: LogPosition, limit: Int, _ work: inout Work) async -> Bool {
        let keptSince = services.clock.now() - services.retention
        do throws(StoreError) {
            let slice = try await services.log.events(
                after: position, in: work.state.endpoint.scope, keptSince: keptSince, limit: limit)
            if let slice {
                work.state.didRead(slice)
            } else {
                work.state.didFallBehind(oldest: try await services.log.oldest(keptSince: keptSince))
            }
            work.isDirty = true
            return true
        } catch {
            work.state.readFailed()
            await trigger.wait(atMost: Self.pause)
            return true
        }
    }

    // MARK: - Saves

    private func needsSave(_ work: Work) -> Bool {
        guard work.refiltered == nil else { return false }
        return work.isDirty || work.state.isBusy && services.clock.now() >= work.leaseEnd - Self.renewal
    }

    /// The instant at which the loop looks again; `nil` when the lease ends with nothing to do.
    private func nextWait(_ work: Work) -> Timestamp? {
        let now = services.clock.now()
        if work.state.isBusy { return max(work.leaseEnd - Self.renewal, now + .milliseconds(1)) }
        guard work.state.stop == nil, now < work.leaseEnd else { return nil }
        return min(work.state.nextDue ?? work.leaseEnd, work.leaseEnd)
    }

    /// Stores the progress, and prolongs the lease. Returns whether the loop has to look again.
    private func save(_ work: inout Work, releasing: Bool = false) async -> Bool {
        let now = services.clock.now()
        let end = releasing ? now : now + Self.leaseDuration
        let save = WebhookSave(
            id: id, token: token, revision: work.state.endpoint.revision, state: work.state.webhookState,
            progress: work.state.progress, attempts: work.attempts, leaseEnd: end)
        do throws(StoreError) {
            switch try await services.store.saveWebhook(save) {
            case .saved:
                work.attempts = []
                work.delivered = []
                work.isDirty = false
                work.leaseEnd = end
                return false
            case .changed(let webhook):
                reload(webhook, &work)
                return true
            case .lost:
                work.isLost = true
                return true
            }
        } catch {
            // A shutdown does not wait for a store that fails: the lease ends by itself.
            if releasing { return false }
            await trigger.wait(atMost: Self.pause)
            return true
        }
    }

    private func reload(_ webhook: WebhookEndpoint, _ work: inout Work) {
        if webhook.url != work.state.endpoint.url {
            work.retired.append(work.client)
            work.client = services.connect(webhook.url)
        }
        if webhook.events == work.state.endpoint.events {
            work.state.reload(webhook)
            work.isDirty = true
        } else {
            work.state.halt()
            work.refiltered = webhook
        }
    }

    /// Goes on from the stored cursor with another filter. What was delivered since is not delivered again.
    private func restart(_ changed: WebhookEndpoint, _ work: inout Work) {
        var webhook = changed
        let progress = work.state.progress
        let delivered = work.delivered.filter { $0 > webhook.progress.position }
        webhook.progress.ahead = delivered.union(webhook.progress.ahead).sorted()
        webhook.progress.lastSuccess = progress.lastSuccess
        webhook.progress.lastError = progress.lastError
        work.state = DeliveryState(webhook)
        work.refiltered = nil
        work.isDirty = true
    }

    /// Stores what is left, and ends the lease, so that another replica can go on at once.
    private func release(_ work: inout Work) async {
        for _ in 0..<20 where !work.isLost {
            if await !save(&work, releasing: true) { return }
        }
    }
}
