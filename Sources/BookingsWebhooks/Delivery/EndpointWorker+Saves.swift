import Bookings

// What the loop stores, and what it takes from the store.
extension EndpointWorker {
    func needsSave(_ work: Work) -> Bool {
        guard work.refiltered == nil else { return false }
        return work.isDirty || work.state.isBusy && services.clock.now() >= work.leaseEnd - Self.renewal
    }

    /// The instant at which the loop looks again; `nil` when the lease ends with nothing to do.
    func nextWait(_ work: Work) -> Timestamp? {
        let now = services.clock.now()
        if work.state.isBusy { return max(work.leaseEnd - Self.renewal, now + .milliseconds(1)) }
        guard work.state.stop == nil, now < work.leaseEnd else { return nil }
        return min(work.state.nextDue ?? work.leaseEnd, work.leaseEnd)
    }

    /// Stores the progress, and prolongs the lease. Returns whether the loop has to look again.
    func save(_ work: inout Work, releasing: Bool = false) async -> Bool {
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
    func restart(_ changed: WebhookEndpoint, _ work: inout Work) {
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
    func release(_ work: inout Work) async {
        for _ in 0..<20 where !work.isLost {
            if await !save(&work, releasing: true) { return }
        }
    }
}
