import Bookings
import BookingsRuntime

extension Mutant {
    /// Bugs in the deliveries to webhooks.
    static let webhooks = [
        webhookSkipsFailed, webhookForgets, webhookLeaseShared, webhookForeign, webhookUnordered, webhookOldSecret,
        webhookReplayIgnored,
    ]

    static let webhookSkipsFailed = Mutant(
        "webhook-skips-failed", "a webhook's cursor moves past deliveries that failed", caughtBy: "webhook-gapless",
        in: .webhooks,
        onSave { save in
            var progress = save.progress
            guard !progress.retries.isEmpty else { return save }
            progress.position = progress.settled
            (progress.retries, progress.ahead) = ([], [])
            return save.with(progress)
        })

    static let webhookForgets = Mutant(
        "webhook-forgets", "the last delivery to a webhook is not stored", caughtBy: "webhook-once", in: .webhooks,
        onSave { save in
            var progress = save.progress
            progress.position = LogPosition(max(0, progress.position.number - 1))
            return save.with(progress)
        })

    static let webhookLeaseShared = Mutant(
        "webhook-lease-shared", "replicas take the leases of webhooks from each other", caughtBy: "webhook-once",
        in: .webhooks,
        .ports { ports in
            let store = ports.webhooks
            ports.webhooks = InterceptedWebhooks(
                store: store,
                onLease: { (ids, now, end) throws(StoreError) in
                    try await store.leaseWebhooks(ids, at: now + .seconds(3600), until: end)
                },
                onSave: { (save) throws(StoreError) in
                    let outcome = try await store.saveWebhook(save)
                    return outcome == .lost ? .saved : outcome
                })
        })

    static let webhookForeign = Mutant(
        "webhook-foreign", "the webhook of a provider is delivered the events of all", caughtBy: "webhook-sealed",
        in: .webhooks, onLease { $0.with(providerID: nil, ordering: $0.ordering) })

    static let webhookUnordered = Mutant(
        "webhook-unordered", "a webhook whose deliveries are to be in order has several in flight",
        caughtBy: "webhook-ordered", in: .webhooks, onLease { $0.with(providerID: $0.providerID, ordering: .booking) })

    static let webhookOldSecret = Mutant(
        "webhook-old-secret", "deliveries are signed with the secret before the last rotation alone",
        caughtBy: "webhook-signed", in: .webhooks,
        onLease { webhook in
            var webhook = webhook
            guard let previous = webhook.previousSecret else { return webhook }
            webhook.secret = previous.secret
            webhook.previousSecret = nil
            return webhook
        })

    static let webhookReplayIgnored = Mutant(
        "webhook-replay-ignored", "a replay is accepted, and nothing is delivered again", caughtBy: "webhook-gapless",
        in: .webhooks,
        .ports { ports in
            ports.webhooks = InterceptedWebhooks(store: ports.webhooks, ignoresRestarts: true)
        })

    /// Changes what a replica finds when it takes a lease.
    private static func onLease(_ change: @escaping @Sendable (WebhookEndpoint) -> WebhookEndpoint) -> Change {
        .ports { ports in
            let store = ports.webhooks
            ports.webhooks = InterceptedWebhooks(
                store: store,
                onLease: { (ids, now, end) throws(StoreError) in
                    try await store.leaseWebhooks(ids, at: now, until: end).map {
                        LeasedWebhook(webhook: change($0.webhook), token: $0.token, until: $0.until)
                    }
                })
        }
    }

    /// Changes what a replica stores of its deliveries.
    private static func onSave(_ change: @escaping @Sendable (WebhookSave) -> WebhookSave) -> Change {
        .ports { ports in
            let store = ports.webhooks
            ports.webhooks = InterceptedWebhooks(
                store: store, onSave: { (save) throws(StoreError) in try await store.saveWebhook(change(save)) })
        }
    }
}

extension WebhookSave {
    fileprivate func with(_ progress: WebhookProgress) -> WebhookSave {
        WebhookSave(
            id: id, token: token, revision: revision, state: state, progress: progress, attempts: attempts,
            leaseEnd: leaseEnd)
    }
}

extension WebhookEndpoint {
    fileprivate func with(providerID: ProviderID?, ordering: WebhookOrdering) -> WebhookEndpoint {
        WebhookEndpoint(
            id: id, providerID: providerID, ordering: ordering, createdAt: createdAt, url: url, events: events,
            state: state, secret: secret, previousSecret: previousSecret, revision: revision, progress: progress)
    }
}
