import Bookings

/// Decides which webhooks a replica has to work on, and when. A pure value: `DeliverWebhooks` takes the leases.
///
/// It knows every webhook, and sees every event of the log as the relay delivers it. So a webhook without events costs no
/// query, and one with events costs a query only when nobody else has its lease.
package struct WebhookSchedule: Sendable {
    private struct Entry {
        /// As this replica knows it; another one may have gone on since.
        var webhook: WebhookEndpoint
        /// The log holds events of the webhook up to this position, as far as this replica has seen.
        var seen: LogPosition
        /// The instant until which another holder has the lease.
        var leasedUntil: Timestamp
        /// Whether this replica has the lease.
        var isHeld = false

        /// The instant from which the lease is to be taken; `nil` when there is nothing to do.
        var due: Timestamp? {
            guard !isHeld, webhook.state.isDelivering else { return nil }
            let progress = webhook.progress
            let hasPlace = progress.retries.count < webhook.ordering.maximumInFlight
            let start = seen > progress.settled && hasPlace ? Timestamp.earliest : progress.retries.map(\.due).min()
            return start.map { max($0, leasedUntil) }
        }
    }

    private var entries: [WebhookID: Entry] = [:]
    private var byProvider: [ProviderID: Set<WebhookID>] = [:]
    private var ofAllProviders: Set<WebhookID> = []
    /// The position up to which events were delivered to this replica.
    package private(set) var through: LogPosition
    /// The newest revision that this replica knows.
    package private(set) var revision: Int64 = 0

    /// Creates a schedule without webhooks; `position` is where the relay begins to deliver.
    package init(from position: LogPosition) {
        through = position
    }

    /// The number of webhooks.
    package var count: Int { entries.count }

    /// Returns webhooks that are paused or stalled, at most `limit`, those with the oldest cursors.
    package func stopped(limit: Int) -> [WebhookID] {
        entries.values.map(\.webhook).filter { !$0.state.isDelivering }
            .sorted { ($0.progress.position, $0.id) < ($1.progress.position, $1.id) }
            .prefix(limit).map(\.id)
    }

    /// Whether a webhook is paused or stalled, as far as this replica knows.
    package func isStopped(_ id: WebhookID) -> Bool { entries[id].map { !$0.webhook.state.isDelivering } ?? false }

    // MARK: - Webhooks

    /// Takes a webhook that is new or was changed. Events that it has not been delivered may be in the log.
    package mutating func add(_ webhook: WebhookEndpoint) {
        revision = max(revision, webhook.revision)
        if var entry = entries[webhook.id] {
            entry.webhook = webhook
            entry.seen = max(entry.seen, through)
            entry.leasedUntil = .earliest
            entries[webhook.id] = entry
            return
        }
        entries[webhook.id] = Entry(webhook: webhook, seen: through, leasedUntil: .earliest)
        if let provider = webhook.providerID {
            byProvider[provider, default: []].insert(webhook.id)
        } else {
            ofAllProviders.insert(webhook.id)
        }
    }

    /// The webhook does not exist any more.
    package mutating func remove(_ id: WebhookID) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        ofAllProviders.remove(id)
        guard let provider = entry.webhook.providerID else { return }
        byProvider[provider]?.remove(id)
        if byProvider[provider]?.isEmpty == true { byProvider[provider] = nil }
    }

    // MARK: - Events

    /// Takes events of the log in order. Returns the webhooks that they are to be delivered to, each with the last
    /// position.
    package mutating func deliver(_ events: [LoggedEvent], through: LogPosition) -> [WebhookID: LogPosition] {
        var touched: [WebhookID: LogPosition] = [:]
        for logged in events where !entries.isEmpty {
            for id in ofAllProviders.union(byProvider[logged.event.booking.providerID] ?? []) {
                guard entries[id]?.webhook.accepts(logged.event) ?? false else { continue }
                entries[id]?.seen = logged.position
                touched[id] = logged.position
            }
        }
        self.through = max(self.through, through)
        return touched
    }

    /// The log lost its newest events and ends at `head`.
    package mutating func restart(at head: LogPosition) {
        through = head
        for (id, entry) in entries {
            entries[id]?.seen = head.next
            entries[id]?.webhook.progress.settled = min(entry.webhook.progress.settled, head)
        }
    }

    // MARK: - Leases

    /// Returns webhooks whose leases are to be taken at `now`.
    package func due(at now: Timestamp, limit: Int) -> [WebhookID] {
        Array(entries.filter { $0.value.due.map { $0 <= now } ?? false }.keys.prefix(limit))
    }

    /// The instant at which the next webhook is due; `nil` when there is none.
    package func nextDue() -> Timestamp? { entries.values.compactMap(\.due).min() }

    /// Takes what was found when the lease was asked for. Returns the last position that is to be delivered when this
    /// replica has the lease now.
    package mutating func leased(_ leased: LeasedWebhook, at now: Timestamp) -> LogPosition? {
        guard var entry = entries[leased.webhook.id] else { return nil }
        entry.webhook = leased.webhook
        entry.isHeld = leased.token != nil
        // A row that was locked is looked at again soon.
        entry.leasedUntil = max(leased.until, now + .milliseconds(100))
        entries[leased.webhook.id] = entry
        return entry.isHeld ? entry.seen : nil
    }

    /// This replica has stopped working on a webhook.
    ///
    /// - Parameters:
    ///   - webhook: As it was left; `nil` when the lease was lost.
    ///   - end: The instant until which the lease holds.
    package mutating func ended(_ id: WebhookID, _ webhook: WebhookEndpoint?, until end: Timestamp) {
        entries[id]?.isHeld = false
        entries[id]?.leasedUntil = end
        guard let webhook else { return }
        revision = max(revision, webhook.revision)
        // What its owner changed meanwhile is work of its own, which this one has not seen.
        guard webhook.revision >= entries[id]?.webhook.revision ?? 0 else { return }
        entries[id]?.webhook = webhook
    }
}
