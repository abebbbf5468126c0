import Bookings

/// The webhooks behind faults and mutants, like the other intercepted ports.
struct InterceptedWebhooks: WebhookStore {
    let store: any WebhookStore
    /// Called before every call.
    var before: @Sendable () async throws(StoreError) -> Void = { () throws(StoreError) in }
    var onLease: (@Sendable ([WebhookID], Timestamp, Timestamp) async throws(StoreError) -> [LeasedWebhook])?
    var onSave: (@Sendable (WebhookSave) async throws(StoreError) -> WebhookSaveOutcome)?
    /// Whether a change moves no cursor back.
    var ignoresRestarts = false

    func addWebhook(_ webhook: WebhookEndpoint) async throws(StoreError) -> WebhookEndpoint? {
        try await before()
        return try await store.addWebhook(webhook)
    }

    func webhook(_ id: WebhookID) async throws(StoreError) -> WebhookEndpoint? {
        try await before()
        return try await store.webhook(id)
    }

    func webhooks(
        of provider: ProviderID?, after id: WebhookID?, limit: Int
    ) async throws(StoreError) -> [WebhookEndpoint] {
        try await before()
        return try await store.webhooks(of: provider, after: id, limit: limit)
    }

    func webhooks(changedAfter revision: Int64, limit: Int) async throws(StoreError) -> [WebhookEndpoint] {
        try await before()
        return try await store.webhooks(changedAfter: revision, limit: limit)
    }

    func changeWebhook(
        _ webhook: WebhookEndpoint, restartingAfter restart: LogPosition?
    ) async throws(StoreError) -> WebhookEndpoint? {
        try await before()
        return try await store.changeWebhook(webhook, restartingAfter: ignoresRestarts ? nil : restart)
    }

    func deleteWebhook(_ id: WebhookID) async throws(StoreError) -> Bool {
        try await before()
        return try await store.deleteWebhook(id)
    }

    func leaseWebhooks(
        _ ids: [WebhookID], at now: Timestamp, until end: Timestamp
    ) async throws(StoreError) -> [LeasedWebhook] {
        try await before()
        if let onLease { return try await onLease(ids, now, end) }
        return try await store.leaseWebhooks(ids, at: now, until: end)
    }

    func saveWebhook(_ save: WebhookSave) async throws(StoreError) -> WebhookSaveOutcome {
        try await before()
        return if let onSave { try await onSave(save) } else { try await store.saveWebhook(save) }
    }

    func advanceIdleWebhooks(
        to boundary: LogPosition, after key: WebhookCursorKey?, limit: Int
    ) async throws(StoreError) -> WebhookCursorKey? {
        try await before()
        return try await store.advanceIdleWebhooks(to: boundary, after: key, limit: limit)
    }

    func webhookAttempts(
        of id: WebhookID, succeeded: Bool?, before number: Int64?, limit: Int
    ) async throws(StoreError) -> [WebhookAttempt] {
        try await before()
        return try await store.webhookAttempts(of: id, succeeded: succeeded, before: number, limit: limit)
    }

    func trimWebhookAttempts(before end: Timestamp, limit: Int) async throws(StoreError) -> Bool {
        try await before()
        return try await store.trimWebhookAttempts(before: end, limit: limit)
    }

    func stalledWebhooks() async throws(StoreError) -> Int {
        try await before()
        return try await store.stalledWebhooks()
    }
}

extension InterceptedWebhooks {
    /// Lets one replica take a lease at an instant, drawn from the seed, so that a run does not depend on which replica
    /// is the first. The others find it taken, and ask again a moment later.
    static func takingTurns(_ store: any WebhookStore, replica: Int, of count: Int, seed: UInt64) -> Self {
        Self(
            store: store,
            onLease: { (ids, now, end) throws(StoreError) in
                let own = ids.filter { id in
                    var random = SeededGenerator(seed: seed ^ UInt64(bitPattern: now.milliseconds), for: "\(id)")
                    return Int.random(in: 0..<count, using: &random) == replica
                }
                var found = own.isEmpty ? [] : try await store.leaseWebhooks(own, at: now, until: end)
                for id in ids where !own.contains(id) {
                    guard let webhook = try await store.webhook(id) else { continue }
                    found.append(LeasedWebhook(webhook: webhook, token: nil, until: now))
                }
                return found
            })
    }
}
