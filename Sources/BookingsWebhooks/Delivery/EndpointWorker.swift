import Bookings
import Synchronization

/// Makes the deliveries of one webhook while this replica has its lease: the loop around `DeliveryState`.
final class EndpointWorker: Sendable {
    /// How long a lease holds. Each save prolongs it.
    static let leaseDuration = Duration.seconds(15)
    /// How long before its end a lease is prolonged while there is work.
    static let renewal = Duration.seconds(10)
    /// The pause after the store failed.
    static let pause = Duration.milliseconds(250)

    /// What other tasks tell the loop.
    struct Inbox {
        var results: [(Delivery, DeliveryMessage, AttemptResult)] = []
        var announced = LogPosition.start
        var isStopping = false
        var isCut = false
        var mustLookAgain = false
        var wentBack = false
    }

    let id: WebhookID
    let token: Int64
    let services: DeliveryServices
    let trigger: LoopTrigger
    let inbox = Mutex(Inbox())
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
    struct Work {
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
}
